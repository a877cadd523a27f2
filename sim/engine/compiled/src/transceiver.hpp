// The signal path of a MAU with tolerances: the twin of hw/analogue/transceiver.py, which explains it.
//
// It stands between the MAU and the cable, on wires of its own. So a coax takes no edges ahead of time from such a
// MAU's station, and hears at its tap even while nobody listens behind the path.
#pragma once
#include "chance.hpp"
#include "wires.hpp"

namespace thicknet {

class Transceiver {
public:
    using Pins = transceiver::Pins;
    struct Tolerances {
        int transmit_loss, receive_loss;
        bool invalid_bit;
        int jitter_ns;
    };
    Transceiver(Simulation& simulation, Pins aui, Pins path, Tolerances tolerances, uint64_t seed, uint64_t line)
        : transmitter_(simulation, aui, path, tolerances, seed, line), receiver_(simulation, aui, path, tolerances) {}

private:
    static constexpr uint64_t OPEN = 4;  // a tag; others are a level and, times 2, whether it is driven

    // The start-up of one direction: nothing passes, an invalid bit, all.
    class Opening {
    public:
        Opening(int lost, bool invalid_bit) : lost_(lost * transceiver::BIT_PS), invalid_(invalid_bit ? transceiver::BIT_PS : 0) {}
        void look(Simulation& simulation, Ps ps, bool active, Timed* owner) {
            if (active && !active_) {
                open_ = ps + lost_;
                valid_ = open_ + invalid_;
                if (lost_) simulation.queue.at(open_, owner, OPEN);
                if (invalid_) simulation.queue.at(valid_, owner, OPEN);
            }
            active_ = active;
            passes = active && ps >= open_;
            valid = ps >= valid_;
        }
        bool passes = false, valid = false;

    private:
        Ps lost_, invalid_, open_ = 0, valid_ = 0;
        bool active_ = false;
    };

    class Transmitter : public Listener, public Timed {
    public:
        Transmitter(Simulation& simulation, Pins aui, Pins path, Tolerances tolerances, uint64_t seed, uint64_t line)
            : simulation_(simulation), aui_(aui), path_(path), opening_(tolerances.transmit_loss, tolerances.invalid_bit),
              jitter_steps_(tolerances.jitter_ns * 1000 / transceiver::STEP_PS), seed_(seed), line_(line) {
            aui.aui_do->listeners.push_back(this);
            aui.aui_do_active->listeners.push_back(this);
        }
        void changed() override {
            Ps ps = on_grid(simulation_.now, BIT_CLOCK);
            opening_.look(simulation_, ps, aui_.aui_do_active->value, this);
            bool passes = opening_.passes;
            uint64_t state = ((aui_.aui_do->value && opening_.valid) || !passes) | uint64_t{passes} << 1;
            if (state == state_) return;
            state_ = state;
            if (!jitter_steps_) return drive(state);
            uint64_t draw = chance(seed_, line_, edges_++) % static_cast<uint64_t>(2 * jitter_steps_ + 1);
            simulation_.queue.at(ps + transceiver::STEADY_DELAY_PS + (static_cast<Ps>(draw) - jitter_steps_) * transceiver::STEP_PS, this, state);
        }
        void due(uint64_t tag) override {
            if (tag == OPEN) changed();
            else drive(tag);
        }

    private:
        void drive(uint64_t state) {
            simulation_.assign(path_.aui_do, state & 1);
            simulation_.assign(path_.aui_do_active, state >> 1);
        }
        Simulation& simulation_;
        Pins aui_, path_;
        Opening opening_;
        Ps jitter_steps_;
        uint64_t seed_, line_;
        uint64_t state_ = 1, edges_ = 0;
    };

    class Receiver : public Listener, public Timed {
    public:
        Receiver(Simulation& simulation, Pins aui, Pins path, Tolerances tolerances)
            : simulation_(simulation), aui_(aui), path_(path), opening_(tolerances.receive_loss, tolerances.invalid_bit) {
            path.aui_di->listeners.push_back(this);
            path.aui_di_active->listeners.push_back(this);
        }
        void changed() override {
            opening_.look(simulation_, on_grid(simulation_.now, CABLE), path_.aui_di_active->value, this);
            bool passes = opening_.passes;
            simulation_.assign(aui_.aui_di, (path_.aui_di->value && opening_.valid) || !passes);
            simulation_.assign(aui_.aui_di_active, passes);
        }
        void due(uint64_t) override { changed(); }

    private:
        Simulation& simulation_;
        Pins aui_, path_;
        Opening opening_;
    };

    Transmitter transmitter_;
    Receiver receiver_;
};

}  // namespace thicknet
