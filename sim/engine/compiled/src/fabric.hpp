// A switch's fabric: the twin of hw/switch/fabric.py, which explains it, and of hw/switch/packet_memory.py.
#pragma once
#include <memory>
#include <vector>

#include "wires.hpp"

namespace thicknet {

class Fabric {
public:
    // In the order of PORT_PINS and CORE_PINS.
    using Port = fabric::Port;
    using Core = fabric::Core;
    Fabric(Simulation& simulation, Core core, std::vector<Port> ports, int index_bits, int place_bits)
        : simulation_(simulation), core_(core), ports_(std::move(ports)), index_bits_(index_bits),
          place_bits_(place_bits), words_(ports_.size() << place_bits) {
        gather(&Port::store_request, core.store_requests, core.any_store_request);
        gather(&Port::fetch_request, core.fetch_requests, core.any_fetch_request);
        gather(&Port::offer, core.offers, core.any_offer);
        gather(&Port::link, core.linked, nullptr);
        gather(&Port::room, core.rooms, nullptr);
        gather(&Port::idle, core.idle_ports, nullptr);
        on(core.store_grant, &Fabric::store);
        on(core.fetch_grant, &Fabric::fetch);
        on(core.serving, &Fabric::show);
        scatter(core.served, &Port::served, {{core.copies, &Port::copies}, {core.found_port, &Port::found_port}});
        scatter(core.enqueue, &Port::enqueue, {{core.queued, &Port::queued}});
        scatter(core.finish, &Port::finish, {{core.queued, &Port::queued}});
        scatter(core.refused, &Port::refused, {{core.queued, &Port::queued}});
    }

private:
    using Pin = Wire* Port::*;
    struct Bundle {
        Wire *lines, *any;
        uint64_t value;
    };
    // A port's line in a bundle for the core.
    struct Line : Listener {
        Line(Simulation& simulation, Bundle& bundle, Wire* wire, size_t number)
            : simulation(simulation), bundle(bundle), wire(wire), bit(uint64_t{1} << number) {}
        void changed() override {
            bundle.value = wire->value ? bundle.value | bit : bundle.value & ~bit;
            simulation.assign(bundle.lines, bundle.value);
            if (bundle.any) simulation.assign(bundle.any, bundle.value != 0);
        }
        Simulation& simulation;
        Bundle& bundle;
        Wire* wire;
        uint64_t bit;
    };
    struct Call : Listener {
        Call(Fabric* fabric, void (Fabric::*what)()) : fabric(fabric), what(what) {}
        void changed() override { (fabric->*what)(); }
        Fabric* fabric;
        void (Fabric::*what)();
    };
    // A wire of the core that is at every port.
    struct Common {
        Wire* wire;
        Pin pin;
    };
    // A pulse of the core for some ports, which look at common wires then and at no other time.
    struct Pulse : Listener {
        Pulse(Fabric& fabric, Wire* wire, Pin pin, std::vector<Common> common)
            : fabric(fabric), wire(wire), pin(pin), common(std::move(common)) {}
        void changed() override {
            for (uint64_t rest = wire->value | before; rest; rest &= rest - 1) {
                Port& port = fabric.ports_[number_of(rest)];
                fabric.simulation_.assign(port.*pin, wire->value >> number_of(rest) & 1);
                for (const Common& bus : common) fabric.simulation_.assign(port.*bus.pin, bus.wire->value);
            }
            before = wire->value;
        }
        Fabric& fabric;
        Wire* wire;
        Pin pin;
        std::vector<Common> common;
        uint64_t before = 0;
    };

    static size_t number_of(uint64_t bundle) { return static_cast<size_t>(__builtin_ctzll(bundle)); }
    void gather(Pin pin, Wire* lines, Wire* any) {
        bundles_.push_back(std::make_unique<Bundle>(Bundle{lines, any, 0}));
        for (size_t number = 0; number < ports_.size(); ++number) {
            Wire* wire = ports_[number].*pin;
            bundles_.back()->value |= (wire->value & 1) << number;
            listeners_.push_back(std::make_unique<Line>(simulation_, *bundles_.back(), wire, number));
            wire->listeners.push_back(listeners_.back().get());
        }
    }
    void on(Wire* wire, void (Fabric::*what)()) {
        listeners_.push_back(std::make_unique<Call>(this, what));
        wire->listeners.push_back(listeners_.back().get());
    }
    void scatter(Wire* wire, Pin pin, std::vector<Common> common) {
        listeners_.push_back(std::make_unique<Pulse>(*this, wire, pin, std::move(common)));
        wire->listeners.push_back(listeners_.back().get());
    }
    uint32_t& word(size_t number, uint64_t buffer, uint64_t index) {
        return words_[number << place_bits_ | buffer << index_bits_ | index];
    }
    void store() {
        simulation_.assign(ports_[storing_].store_granted, 0);
        for (uint64_t rest = core_.store_grant->value; rest; rest &= rest - 1) {
            storing_ = number_of(rest);
            const Port& port = ports_[storing_];
            word(storing_, port.buffer_number->value, port.store_index->value) = static_cast<uint32_t>(port.store_word->value);
            simulation_.assign(port.store_granted, 1);
        }
    }
    void fetch() {
        simulation_.assign(ports_[fetching_].fetch_granted, 0);
        simulation_.assign(ports_[owner_].returned, 0);
        for (uint64_t rest = core_.fetch_grant->value; rest; rest &= rest - 1) {
            fetching_ = number_of(rest);
            const Port& port = ports_[fetching_];
            size_t owner = port.fetch_owner->value;
            if (port.give_back->value) {
                owner_ = owner;
                simulation_.assign(ports_[owner].returned, 1);
                simulation_.assign(ports_[owner].returned_buffer, port.fetch_buffer->value);
            } else {
                simulation_.assign(port.fetched, word(owner, port.fetch_buffer->value, port.fetch_index->value));
            }
            simulation_.assign(port.fetch_granted, 1);
        }
    }
    void show() {
        for (uint64_t rest = core_.serving->value; rest; rest &= rest - 1) {
            size_t number = number_of(rest);
            const Port& port = ports_[number];
            copy(port.header_0, core_.header_0);
            copy(port.header_1, core_.header_1);
            copy(port.header_2, core_.header_2);
            copy(port.buffer_number, core_.buffer_number);
            copy(port.length, core_.length);
            copy(port.early, core_.early);
            copy(port.taken_early, core_.taken_early);
            copy(port.early_port, core_.early_port);
            copy(port.sound, core_.sound);
            simulation_.assign(core_.source_port, number);
        }
    }
    void copy(const Wire* from, Wire* to) { simulation_.assign(to, from->value); }

    Simulation& simulation_;
    Core core_;
    std::vector<Port> ports_;
    int index_bits_, place_bits_;
    std::vector<uint32_t> words_;
    std::vector<std::unique_ptr<Bundle>> bundles_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    // Ports that have a pulse or had the last one.
    size_t storing_ = 0, fetching_ = 0, owner_ = 0;
};

}  // namespace thicknet
