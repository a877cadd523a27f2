// A hub's backplane: the twin of hw/hub/backplane.py, which explains it.
#pragma once
#include <memory>
#include <vector>

#include "wires.hpp"

namespace thicknet {

class Backplane {
public:
    using Port = backplane::Port;
    using Core = backplane::Core;
    Backplane(Simulation& simulation, Core core, std::vector<Port> ports)
        : simulation_(simulation), core_(core), ports_(std::move(ports)) {
        for (size_t number = 0; number < ports_.size(); ++number) {
            const Port& port = ports_[number];
            for (Wire* wire : {port.aui_di_active, port.aui_do_active, port.aui_ci, port.partitioned})
                on(wire, &Backplane::hear, number);
            on(port.link, &Backplane::tell_link, number);
            on(port.word, &Backplane::told_word, number);
        }
        on(core.drive, &Backplane::switch_lines, 0);
        on(core.hold, &Backplane::switch_lines, 0);
        on(core.td, &Backplane::send, 0);
        on(core.selected, &Backplane::tell_word, 0);
    }

private:
    struct Call : Listener {
        Call(Backplane* whom, void (Backplane::*what)(size_t), size_t number)
            : whom(whom), what(what), number(number) {}
        void changed() override { (whom->*what)(number); }
        Backplane* whom;
        void (Backplane::*what)(size_t);
        size_t number;
    };
    void on(Wire* wire, void (Backplane::*what)(size_t), size_t number) {
        calls_.push_back(std::make_unique<Call>(this, what, number));
        wire->listeners.push_back(calls_.back().get());
    }
    static void set(uint64_t& mask, size_t number, bool value) {
        uint64_t bit = uint64_t{1} << number;
        mask = value ? mask | bit : mask & ~bit;
    }
    void hear(size_t number) {
        const Port& port = ports_[number];
        bool joined = !port.partitioned->value;
        set(carrier_, number, joined && port.aui_di_active->value && !port.aui_do_active->value);
        set(quality_, number, joined && port.aui_ci->value);
        simulation_.assign(core_.carrier, carrier_);
        simulation_.assign(core_.signal_quality, quality_);
        simulation_.assign(core_.any_carrier, (carrier_ | quality_) != 0);
    }
    void tell_link(size_t) {
        uint64_t linked = 0;
        for (size_t number = 0; number < ports_.size(); ++number) set(linked, number, ports_[number].link->value);
        simulation_.assign(core_.linked, linked);
    }
    void told_word(size_t number) {
        if (core_.selected->value >> number & 1) tell_word(number);
    }
    void tell_word(size_t) {
        uint64_t word = 0;
        for (size_t number = 0; number < ports_.size(); ++number)
            if (core_.selected->value >> number & 1) word |= ports_[number].word->value;
        simulation_.assign(core_.word, word);
    }
    void switch_lines(size_t) {
        uint64_t drive = core_.drive->value, hold = core_.hold->value;
        driven_.clear();
        for (size_t number = 0; number < ports_.size(); ++number) {
            const Port& port = ports_[number];
            if (drive >> number & 1) driven_.push_back(port.aui_do);
            simulation_.assign(port.aui_do_active, (drive | hold) >> number & 1);
            simulation_.assign(port.aui_do, 1);
        }
        send(0);
    }
    void send(size_t) {
        uint64_t level = core_.td->value;
        for (Wire* line : driven_) {
            if (!line->sinks() || line->assigned) {
                simulation_.assign(line, level);
            } else if (line->value != level) {  // as if assigned, without the detour
                line->value = line->next = level;
                line->sink->edge(simulation_.now, level);
            }
        }
    }

    Simulation& simulation_;
    Core core_;
    std::vector<Port> ports_;
    std::vector<std::unique_ptr<Call>> calls_;
    std::vector<Wire*> driven_;
    uint64_t carrier_ = 0, quality_ = 0;
};

}  // namespace thicknet
