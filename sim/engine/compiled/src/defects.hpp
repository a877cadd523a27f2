// A broken MAU, or noise on its cable: the twin of hw/analogue/defects.py, which explains it.
#pragma once
#include "chance.hpp"
#include "wires.hpp"

namespace thicknet {

class Defects {
public:
    using Pins = transceiver::Pins;
    using Controls = defects::Controls;
    Defects(Simulation& simulation, Pins aui, Pins path, Controls controls, uint64_t seed, uint64_t line)
        : transmitter_(simulation, aui, path, controls.babbling), receiver_(simulation, aui, path, controls, seed, line) {}

private:
    class Transmitter : public Listener, public Timed {
    public:
        Transmitter(Simulation& simulation, Pins aui, Pins path, Wire* babbling)
            : simulation_(simulation), aui_(aui), path_(path), babbling_(babbling) {
            for (Wire* wire : {aui.aui_do, aui.aui_do_active, babbling}) wire->listeners.push_back(this);
        }
        void changed() override {
            if (!babbling_->value) {
                babbles_ = false;
                simulation_.assign(path_.aui_do, aui_.aui_do->value);
                simulation_.assign(path_.aui_do_active, aui_.aui_do_active->value);
            } else if (!babbles_) {
                babbles_ = true;
                simulation_.assign(path_.aui_do_active, 1);
                due(++spells_);
            }
        }
        void due(uint64_t spell) override {
            if (!babbles_ || spell != spells_) return;
            level_ = !level_;
            simulation_.assign(path_.aui_do, level_);
            simulation_.queue.at(on_grid(simulation_.now, BIT_CLOCK) + transceiver::BIT_PS, this, spell);
        }

    private:
        Simulation& simulation_;
        Pins aui_, path_;
        Wire* babbling_;
        bool babbles_ = false, level_ = true;
        uint64_t spells_ = 0;
    };

    class Receiver : public Listener, public Timed {
    public:
        Receiver(Simulation& simulation, Pins aui, Pins path, Controls controls, uint64_t seed, uint64_t line)
            : simulation_(simulation), aui_(aui), path_(path), controls_(controls), seed_(seed), line_(line) {
            for (Wire* wire : {path.aui_di, path.aui_di_active, controls.deaf}) wire->listeners.push_back(this);
        }
        void changed() override {
            bool active = path_.aui_di_active->value && !controls_.deaf->value;
            if (active != active_) {
                active_ = active;
                wrong_ = false;
                ++signals_;
                if (active && controls_.error_rate->value)
                    look_ahead(on_grid(simulation_.now, CABLE) + defects::OFFSET_PS / 16 * 16);
            }
            show();
        }
        void due(uint64_t tag) override {
            if (tag / STEPS != signals_) return;
            switch (tag % STEPS) {
                case LOOK: return look_ahead(simulation_.now + transceiver::BIT_PS);
                case BEGIN:
                    wrong_ = true;
                    show();
                    simulation_.queue.at(simulation_.now + static_cast<Ps>(controls_.error_burst->value) * transceiver::BIT_PS, this,
                                         signals_ * STEPS + END);
                    return;
                default:
                    wrong_ = false;
                    show();
                    look_ahead(simulation_.now + transceiver::BIT_PS);
            }
        }

    private:
        static constexpr uint64_t LOOK = 0, BEGIN = 1, END = 2, STEPS = 3;  // a tag is one of them, and the signal's number times 3

        void show() {
            simulation_.assign(aui_.aui_di, (path_.aui_di->value != wrong_) || !active_);
            simulation_.assign(aui_.aui_di_active, active_);
        }
        void look_ahead(Ps ps) {
            for (Ps cell = 0; cell < defects::LOOK_AHEAD; ++cell)
                if (chance(seed_, line_, ++cells_) >> (64 - defects::RATE_BITS) < controls_.error_rate->value)
                    return simulation_.queue.at(ps + cell * transceiver::BIT_PS, this, signals_ * STEPS + BEGIN);
            simulation_.queue.at(ps + (defects::LOOK_AHEAD - 1) * transceiver::BIT_PS, this, signals_ * STEPS + LOOK);
        }

        Simulation& simulation_;
        Pins aui_, path_;
        Controls controls_;
        uint64_t seed_, line_;
        uint64_t cells_ = 0, signals_ = 0;
        bool active_ = false, wrong_ = false;
    };

    Transmitter transmitter_;
    Receiver receiver_;
};

}  // namespace thicknet
