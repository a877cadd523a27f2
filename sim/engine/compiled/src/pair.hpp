// An AUI crossover cable: the twin of hw/analogue/pair.py, which explains it.
#pragma once
#include "wires.hpp"

namespace thicknet {

class Pair {
public:
    struct Pins {
        Wire *aui_do, *aui_do_active, *aui_di, *aui_di_active;
    };
    Pair(Simulation& simulation, Ps delay, Pins one, Pins other)
        : there_(simulation, delay, one, other), back_(simulation, delay, other, one) {}
    void plug(bool plugged) {
        there_.plug(plugged);
        back_.plug(plugged);
    }

private:
    struct Direction : Listener, Timed {
        Direction(Simulation& simulation, Ps delay, Pins sender, Pins receiver)
            : simulation(simulation), delay(delay), sender(sender), receiver(receiver) {
            sender.aui_do->listeners.push_back(this);
            sender.aui_do_active->listeners.push_back(this);
        }
        void changed() override {
            uint64_t active = sender.aui_do_active->value;
            uint64_t state = active << 1 | (sender.aui_do->value | !active);
            if (state == sent) return;
            sent = state;
            simulation.queue.at(on_grid(simulation.now + delay, CABLE), this, pluggings << 2 | state);
        }
        void due(uint64_t tag) override {
            if (plugged && tag >> 2 == pluggings) show(tag & 3);
        }
        void show(uint64_t state) {
            simulation.assign(receiver.aui_di, state & 1);
            simulation.assign(receiver.aui_di_active, state >> 1);
        }
        void plug(bool now_plugged) {
            plugged = now_plugged;
            ++pluggings;
            show(plugged ? sent : 1);
        }
        Simulation& simulation;
        Ps delay;
        Pins sender, receiver;
        uint64_t sent = 1, pluggings = 0;
        bool plugged = true;
    };
    Direction there_, back_;
};

}  // namespace thicknet
