// The signal path of a twisted pair's MAU: the twin of hw/analogue/twisted_pair.py, which explains it.
#pragma once
#include "chance.hpp"
#include "wires.hpp"

namespace thicknet {

class TwistedPairPath : public Listener, public Timed {
public:
    using Pins = twisted_pair::Pins;
    TwistedPairPath(Simulation& simulation, Pins pins)
        : simulation_(simulation), pins_(pins), line_(*this), open_(pins.link->value) {
        pins.line_active->listeners.push_back(&line_);
        for (Wire* wire : {pins.aui_do_active, pins.full_duplex, pins.link, pins.jabber}) wire->listeners.push_back(this);
    }
    void send_pulses(uint64_t seed, uint64_t line) {
        seed_ = seed;
        chance_line_ = line;
        await_pulse();
    }
    void changed() override { show(); }
    void due(uint64_t tag) override {
        if (tag == BEGIN_PULSE) return begin_pulse();
        if (tag == END_PULSE) {
            pulsing_ = false;
            return show();
        }
        if (tag != signals_) return;
        receiving_ = true;
        show();
    }

private:
    static constexpr uint64_t BEGIN_PULSE = ~uint64_t{0}, END_PULSE = BEGIN_PULSE - 1;  // tags; others are a signal's number
    struct Line : Listener {
        explicit Line(TwistedPairPath& path) : path(path) {}
        void changed() override { path.line(); }
        TwistedPairPath& path;
    };
    void line() {
        ++signals_;
        Ps now = simulation_.now;
        if (pins_.line_active->value) {
            begun_ = now;
            simulation_.queue.at(on_grid(now + twisted_pair::SQUELCH_PS, CABLE), this, signals_);
            return;
        }
        if (now - begun_ >= twisted_pair::LEAST_PULSE_PS) {
            if (!receiving_) simulation_.assign(pins_.pulse, !pins_.pulse->value);
            else if (pins_.frame->value == pins_.frame_seen->value) simulation_.assign(pins_.frame, !pins_.frame->value);
            judge_sign();
        }
        receiving_ = false;
        show();
    }
    void judge_sign() {
        bool inverted = !pins_.line_sign->value;
        if (inverted == (pins_.polarity->value != 0)) {
            wrong_signs_ = 0;
        } else if (++wrong_signs_ == twisted_pair::SIGNS) {
            wrong_signs_ = 0;
            simulation_.assign(pins_.polarity, inverted);
            simulation_.assign(pins_.swap, inverted && pins_.correct_polarity->value);
        }
    }
    void await_pulse() {
        Ps interval = twisted_pair::LEAST_INTERVAL_PS + static_cast<Ps>(chance(seed_, chance_line_, twisted_pair::FIRST_DRAW + pulses_++) % twisted_pair::INTERVALS_PS);
        simulation_.queue.at(on_grid(simulation_.now + interval, SLOW_CLOCK), this, BEGIN_PULSE);
    }
    void begin_pulse() {
        if (!pins_.td_active->value) {
            pulsing_ = true;
            show();
            simulation_.queue.at(on_grid(simulation_.now + twisted_pair::PULSE_PS, SLOW_CLOCK), this, END_PULSE);
        }
        await_pulse();
    }
    void show() {
        if (!pins_.link->value) open_ = false;
        else if (!pins_.aui_do_active->value && !pins_.line_active->value) open_ = true;
        bool sending = pins_.aui_do_active->value && open_ && !pins_.jabber->value;
        bool looped = sending && !pins_.full_duplex->value;
        simulation_.assign(pins_.td_active, sending || pulsing_);
        simulation_.assign(pins_.aui_di_active, (receiving_ && open_) || looped);
        simulation_.assign(pins_.collision, receiving_ && looped);
        simulation_.assign(pins_.receiving, receiving_);
        simulation_.assign(pins_.sqe_enable, pins_.sqe_test->value && pins_.link->value && !pins_.full_duplex->value);
    }

    Simulation& simulation_;
    Pins pins_;
    Line line_;
    bool open_, receiving_ = false, pulsing_ = false;
    uint64_t signals_ = 0, pulses_ = 0, seed_ = 0, chance_line_ = 0;
    Ps begun_ = 0;
    int wrong_signs_ = 0;
};

}  // namespace thicknet
