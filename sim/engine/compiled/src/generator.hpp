// A signal generator on a coax tap: the twin of hw/analogue/generator.py, which explains it.
#pragma once
#include <vector>

#include "wires.hpp"

namespace thicknet {

class SignalGenerator : public Timed, public Listener {
public:
    struct Move {
        Ps ps;
        int64_t level;
    };
    SignalGenerator(Simulation& simulation, generator::Pins pins) : simulation_(simulation), pins_(pins) {
        pins.carrier->listeners.push_back(this);
    }
    void play(std::vector<Move> moves, bool triggered, Ps start) {
        ++pattern_;
        moves_ = std::move(moves);
        place_ = moves_.size();
        triggered_ = triggered;
        if (!triggered) begin(start);
    }
    void changed() override {
        if (triggered_ && pins_.carrier->value && place_ == moves_.size()) begin(simulation_.now);
    }
    void due(uint64_t pattern) override {
        if (pattern != pattern_) return;
        int64_t level = moves_[place_].level;
        simulation_.assign(pins_.aui_do_active, level != generator::IDLE);
        simulation_.assign(pins_.aui_do, level != generator::LOW);
        ++place_;
        plan();
    }

private:
    void begin(Ps ps) {
        begin_ = ps;
        place_ = 0;
        plan();
    }
    void plan() {
        if (place_ < moves_.size())
            simulation_.queue.at(on_grid(begin_ + moves_[place_].ps, BIT_CLOCK), this, pattern_);
    }
    Simulation& simulation_;
    generator::Pins pins_;
    std::vector<Move> moves_;
    size_t place_ = 0;
    Ps begin_ = 0;
    bool triggered_ = false;
    uint64_t pattern_ = 0;
};

}  // namespace thicknet
