// Clock recovery: the twin of hw/analogue/clock_recovery.py, which explains it.
#pragma once
#include <algorithm>

#include "wires.hpp"

namespace thicknet {

class ClockRecovery : public Timed {
public:
    using Pins = clock_recovery::Pins;
    ClockRecovery(Simulation& simulation, Pins pins, Clock* bit_clk, Clock* rx_clk, bool running)
        : simulation_(simulation), pins_(pins), bit_clk_(bit_clk), rx_clk_(rx_clk), running_(running), data_(pins.aui_di),
          edge_(this, &ClockRecovery::edge), activity_(this, &ClockRecovery::activity),
          encoder_(this, &ClockRecovery::encoder), encoded_(this, &ClockRecovery::encoded),
          transmitter_(this, &ClockRecovery::transmitter), give_up_(this, &ClockRecovery::give_up) {
        pins.aui_di->listeners.push_back(&edge_);
        pins.aui_di_active->listeners.push_back(&activity_);
        pins.looped->listeners.push_back(&encoder_);
        pins.aui_do_active->listeners.push_back(&transmitter_);
        pins.rx_skip->listeners.push_back(&give_up_);
        run_free();
    }
    void due(uint64_t tag) override {
        switch (tag) {
            case WATCH: return watch();
            case DRAIN: return drain();
            case LATE: return late();
            case LINE: return line();
            case FREE: return free_tick();
            default: return looped_edge();
        }
    }

private:
    enum Tag : uint64_t { WATCH, DRAIN, LATE, LINE, FREE, LOOPED_EDGE };
    enum class State { IDLE, RECEIVE, SKIP, DRAIN };
    struct Call : Listener {
        Call(ClockRecovery* whom, void (ClockRecovery::*what)()) : whom(whom), what(what) {}
        void changed() override { (whom->*what)(); }
        ClockRecovery* whom;
        void (ClockRecovery::*what)();
    };

    bool looping() const { return pins_.loopback->value | pins_.phy_loopback->value; }
    bool active() const { return looping() ? pins_.looped->value : pins_.aui_di_active->value; }
    bool deaf() const {
        return pins_.phy_isolate->value || (pins_.aui_do_active->value && !pins_.full_duplex->value);
    }
    void activity() {
        if (!pins_.aui_di_active->value) pins_.aui_di->wake();
        if (!looping()) line();
    }
    void line() {
        if (!active()) {
            line_was_idle_ = true;
            if (state_ == State::SKIP) end(simulation_.now);
        } else if (state_ == State::IDLE && !deaf()) {
            begin();
        }
    }
    void encoder() {
        simulation_.queue.at(on_grid(simulation_.now, CABLE), this, LINE);
        if (!waiting_ && pins_.looped->value) {
            waiting_ = true;
            pins_.aui_do->listeners.push_back(&encoded_);
        }
    }
    void encoded() {
        if (pins_.looped->value) {
            simulation_.queue.at(on_grid(simulation_.now, CABLE), this, LOOPED_EDGE);
        } else {
            waiting_ = false;
            auto& listeners = pins_.aui_do->listeners;
            listeners.erase(std::find(listeners.begin(), listeners.end(), &encoded_));
        }
    }
    void looped_edge() {
        if (state_ == State::RECEIVE) heard();
    }
    void transmitter() {
        if (!pins_.full_duplex->value) give_up();
    }
    void begin() {
        state_ = State::RECEIVE;
        data_ = looping() ? pins_.aui_do : pins_.aui_di;
        data_->wake();
        violated_ = false;
        line_was_idle_ = false;
        begin_ = last_edge_ = simulation_.now;
        edges_ = -clock_recovery::IGNORED_EDGES;
        misplaced_ = 0;
        bits_since_violation_ = clock_recovery::VIOLATION_BITS;
        simulation_.assign(pins_.rx_valid, 1);
        if (!watched_) {
            watched_ = true;
            simulation_.queue.at(on_grid(last_edge_ + clock_recovery::END_OF_FRAME_PS, RECEIVE_CLOCK), this, WATCH);
        }
    }
    void give_up() {
        if (state_ == State::RECEIVE) skip();
        else if (state_ == State::IDLE && pins_.aui_do_active->value) sleep();
    }
    void skip() {
        state_ = State::SKIP;
        if (active()) {
            sleep();
            run_free();
        } else {
            end(simulation_.now);
        }
    }
    // Until the line has been idle.
    void sleep() { pins_.aui_di->asleep = pins_.aui_di->net < 0; }
    void edge() {
        if (state_ == State::RECEIVE && data_ == pins_.aui_di) heard();
    }
    void heard() {
        Ps ps = simulation_.now;
        if (ps == begin_) return;
        last_edge_ = ps;
        if (edges_ >= clock_recovery::ACQUISITION_BITS) track(ps);
        else acquire(ps);
    }
    void acquire(Ps ps) {
        Ps late = ps - reference_ - clock_recovery::BIT_PS;
        if (edges_ > 0) {
            bool first = edges_ <= clock_recovery::FIRST_BITS;
            bool early = late < -(first ? clock_recovery::ACQUISITION_WINDOW_PS : clock_recovery::EARLY_WINDOW_PS);
            if (early || late > clock_recovery::ACQUISITION_WINDOW_PS) {
                if (++misplaced_ > clock_recovery::MISPLACED_EDGES || (!first && !early)) return skip();
                if (early) return;
                edges_ = 0;
            }
        }
        if (++edges_ <= 0) return;
        if (edges_ == 1) {
            acquired_from_ = ps;
            phase_sum_ = 0;
        }
        Ps bits = edges_ - 1;
        phase_sum_ += ps - acquired_from_ - bits * clock_recovery::BIT_PS;
        Ps mean = phase_sum_ >= 0 ? phase_sum_ / edges_ : -((edges_ - 1 - phase_sum_) / edges_);  // floor, as Python divides
        reference_ = acquired_from_ + bits * clock_recovery::BIT_PS + mean;
        bit();
    }
    void track(Ps ps) {
        Ps elapsed = ps - reference_;
        if (elapsed < clock_recovery::BIT_PS / 2) return;
        Ps cells = (elapsed + clock_recovery::BIT_PS / 2) / clock_recovery::BIT_PS;
        Ps phase = elapsed - cells * clock_recovery::BIT_PS;
        if (phase < -clock_recovery::MID_BIT_WINDOW_PS || phase >= clock_recovery::MID_BIT_WINDOW_PS) return;
        reference_ += cells * clock_recovery::BIT_PS + (phase >> clock_recovery::PHASE_SHIFT);
        if (cells > 1) {
            if (cells > 2 || bits_since_violation_ < clock_recovery::VIOLATION_BITS) {
                violated_ = true;
                skip();
                return;
            }
            bits_since_violation_ = 1;
            violation();
        } else {
            ++bits_since_violation_;
            bit();
        }
    }
    void bit() {
        simulation_.assign(pins_.rx_bit, data_->value);
        tick();
    }
    void violation() {
        late_bit_ = data_->value;
        simulation_.assign(pins_.rx_bit, !pins_.rx_bit->value);
        simulation_.assign(pins_.rx_violation, 1);
        tick();
        simulation_.queue.at(on_grid(simulation_.now + clock_recovery::LATE_BIT_PS, RECEIVE_CLOCK), this, LATE);
    }
    void late() {
        simulation_.assign(pins_.rx_violation, 0);
        simulation_.assign(pins_.rx_bit, late_bit_);
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
        Ps deadline = on_grid(last_edge_ + clock_recovery::END_OF_FRAME_PS, RECEIVE_CLOCK);
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
        while (on_grid(reference_, RECEIVE_CLOCK) <= ps) reference_ += clock_recovery::BIT_PS;
        simulation_.queue.at(on_grid(reference_, RECEIVE_CLOCK), this, DRAIN);
    }
    void drain() {
        if (drained_ >= clock_recovery::DRAIN_TICKS && !pins_.rx_dv->value && !pins_.rx_busy->value) {
            state_ = State::IDLE;
            if (line_was_idle_ && active() && !deaf()) begin();
            else run_free();
            return;
        }
        simulation_.assign(pins_.rx_violation, violated_ && !drained_);
        ++drained_;
        tick();
        reference_ += clock_recovery::BIT_PS;
        simulation_.queue.at(on_grid(reference_, RECEIVE_CLOCK), this, DRAIN);
    }
    void run_free() {
        if (!running_ || free_) return;
        free_ = true;
        simulation_.queue.at(on_grid(simulation_.now + clock_recovery::BIT_PS, RECEIVE_CLOCK), this, FREE);
    }
    void free_tick() {
        free_ = false;
        if (state_ != State::IDLE && state_ != State::SKIP) return;
        tick();
        run_free();
    }

    Simulation& simulation_;
    Pins pins_;
    Clock* bit_clk_;
    Clock* rx_clk_;
    bool running_, free_ = false;
    Wire* data_;
    Call edge_, activity_, encoder_, encoded_, transmitter_, give_up_;
    State state_ = State::IDLE;
    bool watched_ = false, line_was_idle_ = true, violated_ = false, waiting_ = false;
    uint64_t late_bit_ = 0;
    uint64_t ticks_ = 0;
    Ps begin_ = 0, reference_ = 0, last_edge_ = 0, phase_sum_ = 0, acquired_from_ = 0;
    int edges_ = 0, misplaced_ = 0, bits_since_violation_ = clock_recovery::VIOLATION_BITS, drained_ = 0;
};

}  // namespace thicknet
