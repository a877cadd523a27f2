// Clock recovery: the twin of hw/analogue/clock_recovery.py, which explains it.
#pragma once
#include <cstdlib>

#include "wires.hpp"

namespace thicknet {

class ClockRecovery : public Timed {
public:
    struct Pins {
        Wire *aui_di, *aui_di_active, *transmitting, *rx_skip, *rx_dv, *rx_busy, *rx_bit, *rx_valid;
    };
    ClockRecovery(Simulation& simulation, Pins pins, Clock* bit_clk, Clock* rx_clk)
        : simulation_(simulation), pins_(pins), bit_clk_(bit_clk), rx_clk_(rx_clk),
          edge_(this, &ClockRecovery::edge), activity_(this, &ClockRecovery::activity),
          give_up_(this, &ClockRecovery::give_up) {
        pins.aui_di->listeners.push_back(&edge_);
        pins.aui_di_active->listeners.push_back(&activity_);
        pins.transmitting->listeners.push_back(&give_up_);
        pins.rx_skip->listeners.push_back(&give_up_);
    }
    void due(uint64_t tag) override { tag == WATCH ? watch() : drain(); }

private:
    static constexpr Ps BIT = 100'000;
    static constexpr int IGNORED_EDGES = 3;
    static constexpr int ACQUISITION_BITS = 32;
    static constexpr Ps ACQUISITION_WINDOW = 40'000;
    static constexpr Ps MID_BIT_WINDOW = 25'000;
    static constexpr int PHASE_SHIFT = 6;
    static constexpr Ps END_OF_FRAME = 175'000;
    static constexpr int VIOLATION_BITS = 16;
    static constexpr int DRAIN_TICKS = 4;
    enum Tag : uint64_t { WATCH, DRAIN };
    enum class State { IDLE, RECEIVE, SKIP, DRAIN };
    struct Call : Listener {
        Call(ClockRecovery* whom, void (ClockRecovery::*what)()) : whom(whom), what(what) {}
        void changed() override { (whom->*what)(); }
        ClockRecovery* whom;
        void (ClockRecovery::*what)();
    };

    void activity() {
        if (!pins_.aui_di_active->value) {
            line_was_idle_ = true;
            if (state_ == State::SKIP) end(simulation_.now);
        } else if (state_ == State::IDLE && !pins_.transmitting->value) {
            begin();
        }
    }
    void begin() {
        state_ = State::RECEIVE;
        line_was_idle_ = false;
        begin_ = last_edge_ = simulation_.now;
        edges_ = -IGNORED_EDGES;
        bits_since_violation_ = VIOLATION_BITS;
        simulation_.assign(pins_.rx_valid, 1);
        if (!watched_) {
            watched_ = true;
            simulation_.queue.at(on_grid(last_edge_ + END_OF_FRAME, RECEIVE_CLOCK), this, WATCH);
        }
    }
    void give_up() {
        if (state_ == State::RECEIVE) state_ = State::SKIP;
    }
    void edge() {
        if (state_ != State::RECEIVE) return;
        Ps ps = simulation_.now;
        if (ps == begin_) return;
        last_edge_ = ps;
        if (edges_ >= ACQUISITION_BITS) track(ps);
        else acquire(ps);
    }
    void acquire(Ps ps) {
        ++edges_;
        if (edges_ <= 0) return;
        if (edges_ == 1) {
            acquired_from_ = ps;
            phase_sum_ = 0;
        } else if (std::llabs(ps - reference_ - BIT) > ACQUISITION_WINDOW) {
            state_ = State::SKIP;
            return;
        }
        phase_sum_ += ps - acquired_from_ - (edges_ - 1) * BIT;
        reference_ = ps;
        if (edges_ == ACQUISITION_BITS) {
            Ps mean = phase_sum_ >> 5;  // floor, as Python divides
            static_assert(ACQUISITION_BITS == 1 << 5);
            reference_ = acquired_from_ + mean + (ACQUISITION_BITS - 1) * BIT;
        }
        bit();
    }
    void track(Ps ps) {
        Ps elapsed = ps - reference_;
        if (elapsed < BIT / 2) return;
        Ps cells = (elapsed + BIT / 2) / BIT;
        Ps phase = elapsed - cells * BIT;
        if (phase < -MID_BIT_WINDOW || phase >= MID_BIT_WINDOW) return;
        reference_ += cells * BIT + (phase >> PHASE_SHIFT);
        if (cells > 1) {
            if (cells > 2 || bits_since_violation_ < VIOLATION_BITS) {
                state_ = State::SKIP;
                return;
            }
            bits_since_violation_ = 0;
        } else {
            ++bits_since_violation_;
        }
        bit();
    }
    void bit() {
        simulation_.assign(pins_.rx_bit, pins_.aui_di->value);
        tick();
    }
    void tick() {
        simulation_.tick(bit_clk_);
        if (!(++ticks_ & 3)) simulation_.tick(rx_clk_);
    }
    void watch() {
        if (state_ != State::RECEIVE) {
            watched_ = false;
            return;
        }
        Ps ps = simulation_.now;
        Ps deadline = on_grid(last_edge_ + END_OF_FRAME, RECEIVE_CLOCK);
        if (deadline > ps) {
            simulation_.queue.at(deadline, this, WATCH);
        } else {
            watched_ = false;
            end(ps);
        }
    }
    void end(Ps ps) {
        state_ = State::DRAIN;
        simulation_.assign(pins_.rx_valid, 0);
        drained_ = 0;
        if (edges_ < 1) reference_ = ps;
        while (on_grid(reference_, RECEIVE_CLOCK) <= ps) reference_ += BIT;
        simulation_.queue.at(on_grid(reference_, RECEIVE_CLOCK), this, DRAIN);
    }
    void drain() {
        if (drained_ >= DRAIN_TICKS && !pins_.rx_dv->value && !pins_.rx_busy->value) {
            state_ = State::IDLE;
            if (pins_.aui_di_active->value && !pins_.transmitting->value && line_was_idle_) begin();
            return;
        }
        ++drained_;
        tick();
        reference_ += BIT;
        simulation_.queue.at(on_grid(reference_, RECEIVE_CLOCK), this, DRAIN);
    }

    Simulation& simulation_;
    Pins pins_;
    Clock* bit_clk_;
    Clock* rx_clk_;
    Call edge_, activity_, give_up_;
    State state_ = State::IDLE;
    bool watched_ = false, line_was_idle_ = true;
    uint64_t ticks_ = 0;
    Ps begin_ = 0, reference_ = 0, last_edge_ = 0, phase_sum_ = 0, acquired_from_ = 0;
    int edges_ = 0, bits_since_violation_ = VIOLATION_BITS, drained_ = 0;
};

}  // namespace thicknet
