// Gated crystals: the twin of hw/analogue/crystal.py.
#pragma once
#include "wires.hpp"

namespace thicknet {

// Tick k at phase + floor(k * period_fs / 1000) ps. Goes up by ones cheaply, anywhere by a wide multiplication.
class Grid {
public:
    Grid(int64_t period_fs, Ps phase_ps, int residue)
        : period_fs_(period_fs), phase_(phase_ps), residue_(residue),
          whole_(period_fs / 1000), rest_(period_fs % 1000) {}
    void seek(int64_t k) {
        k_ = k;
        __int128 fs = static_cast<__int128>(k) * period_fs_;
        __int128 ps = fs / 1000;
        __int128 rest = fs % 1000;
        if (rest < 0) { rest += 1000; ps -= 1; }
        ps_ = static_cast<Ps>(ps);
        fs_ = static_cast<int>(rest);
    }
    void step() {
        ++k_;
        ps_ += whole_;
        fs_ += rest_;
        if (fs_ >= 1000) { fs_ -= 1000; ++ps_; }
    }
    void step(int times) { for (int n = 0; n < times; ++n) step(); }
    int64_t k() const { return k_; }
    Ps time() const { return on_grid(phase_ + ps_, residue_); }
    Ps time_of(int64_t k) const { Grid other(*this); other.seek(k); return other.time(); }
    // The last tick number that is surely not after `ps`, or one near it.
    int64_t near(Ps ps) const {
        __int128 fs = static_cast<__int128>(ps - phase_) * 1000;
        __int128 k = fs / period_fs_;
        if (fs % period_fs_ < 0) k -= 1;
        return static_cast<int64_t>(k);
    }

private:
    int64_t period_fs_;
    Ps phase_;
    int residue_;
    int64_t whole_;
    int rest_;
    int64_t k_ = 0;
    Ps ps_ = 0;
    int fs_ = 0;
};

class Crystal : public Timed, public Listener {
public:
    Crystal(Simulation& simulation, Clock* output, Grid grid, Gate* gate, const Wire* divisor)
        : simulation_(simulation), output_(output), grid_(grid), gate_(gate), divisor_(divisor) {}
    void changed() override {
        if (running_ || !gate_->open()) return;
        running_ = true;
        grid_.seek(grid_.near(simulation_.now));
        while (grid_.time() <= simulation_.now) grid_.step();
        if (divisor_) grid_.step(static_cast<int>(divisor_->value) - 1);
        simulation_.queue.at(grid_.time(), this);
    }
    void due(uint64_t) override {
        if (!gate_->open()) { running_ = false; return; }
        simulation_.tick(output_);
        grid_.step(divisor_ ? static_cast<int>(divisor_->value) : 1);
        simulation_.queue.at(grid_.time(), this);
    }

private:
    Simulation& simulation_;
    Clock* output_;
    Grid grid_;
    Gate* gate_;
    const Wire* divisor_;
    bool running_ = false;
};

class TransmitCrystal : public Timed, public Listener {
public:
    static constexpr int TICKS_PER_NIBBLE = crystal::TICKS_PER_NIBBLE;
    // What bit_clk clocks. While `tx_en` is high at a nibble's first tick, the encoder looks at its inputs at no other
    // tick of that nibble; and without `loopback`, `phy_loopback` and `phy_isolate` it goes on as it has begun.
    struct Encoder : crystal::Encoder {
        bool sends() const {
            return tx_en->value && aui_do_active->value && !loopback->value && !phy_loopback->value &&
                   !phy_isolate->value;
        }
    };
    TransmitCrystal(Simulation& simulation, Clock* bit_clk, Clock* tx_clk, Grid grid, Gate* bit_gate, Gate* tx_gate,
                    Encoder encoder)
        : simulation_(simulation), bit_clk_(bit_clk), tx_clk_(tx_clk), grid_(grid), bit_gate_(bit_gate),
          tx_gate_(tx_gate), encoder_(encoder) {}
    const Grid& grid() const { return grid_; }
    int64_t nibble_after(Ps ps) const {
        Grid grid(grid_);
        grid.seek(grid.near(ps) & -int64_t{TICKS_PER_NIBBLE});
        while (grid.time() <= ps) grid.step(TICKS_PER_NIBBLE);
        return grid.k();
    }
    void changed() override {
        if (running_ || !tx_gate_->open()) return;
        running_ = true;
        grid_.seek(nibble_after(simulation_.now));
        simulation_.queue.at(grid_.time(), this);
    }
    void due(uint64_t) override {
        if (grid_.k() & (TICKS_PER_NIBBLE - 1)) {
            if (bit_gate_->open()) simulation_.tick(bit_clk_);
            grid_.step();
        } else {
            bool bits = bit_gate_->open(), nibbles = tx_gate_->open();
            if (!bits && !nibbles) { running_ = false; return; }
            if (nibbles) simulation_.tick(tx_clk_);
            if (bits && ahead()) {
                encode_nibble();
            } else {
                if (bits) simulation_.tick(bit_clk_);
                grid_.step(bits ? 1 : TICKS_PER_NIBBLE);
            }
        }
        simulation_.queue.at(grid_.time(), this);
    }

private:
    // In the middle of a frame, when nobody but the cable takes the encoder's output.
    bool ahead() const {
        return encoder_.sends() && encoder_.aui_do->sinks();
    }
    // A nibble's eight half bits at once: the cable is given the edges with the times at which they will come.
    void encode_nibble() {
        Module& module = *bit_clk_->modules.front();
        Wire* wire = encoder_.aui_do;
        Output<uint8_t>* output = module.bits.data();
        while (output->wire != wire) ++output;
        for (int tick = 0; tick < TICKS_PER_NIBBLE; ++tick) {
            module.tick(module.instance);
            if (*output->at != output->last) {
                output->last = *output->at;
                wire->sink->edge(grid_.time(), output->last);
            }
            grid_.step();
        }
        wire->value = wire->next = output->last;
    }
    Simulation& simulation_;
    Clock* bit_clk_;
    Clock* tx_clk_;
    Grid grid_;
    Gate* bit_gate_;
    Gate* tx_gate_;
    Encoder encoder_;
    bool running_ = false;
};

class Divider : public Timed, public Listener {
public:
    Divider(Simulation& simulation, Clock* output, const TransmitCrystal* crystal, int interval, int lead, int residue,
            Gate* gate)
        : simulation_(simulation), output_(output), crystal_(crystal),
          interval_(interval * TransmitCrystal::TICKS_PER_NIBBLE), lead_(lead * TransmitCrystal::TICKS_PER_NIBBLE),
          residue_(residue), gate_(gate) {}
    void changed() override {
        if (!gate_->open()) return;
        k_ = crystal_->nibble_after(simulation_.now) - TransmitCrystal::TICKS_PER_NIBBLE + interval_ - lead_;
        wait();
    }
    void due(uint64_t) override {
        if (planned_ != simulation_.now) return;
        planned_ = NEVER;
        if (!gate_->open()) return;
        if (simulation_.now == time()) {
            simulation_.tick(output_);
            k_ += interval_;
        }
        wait();
    }

private:
    static constexpr Ps NEVER = INT64_MAX;
    Ps time() const { return on_grid(crystal_->grid().time_of(k_), residue_); }
    // At most one event counts: one that comes too early for the latest opening of the gate waits on.
    void wait() {
        if (time() >= planned_) return;
        planned_ = time();
        simulation_.queue.at(planned_, this);
    }
    Simulation& simulation_;
    Clock* output_;
    const TransmitCrystal* crystal_;
    int64_t interval_, lead_;
    int residue_;
    Gate* gate_;
    int64_t k_ = 0;
    Ps planned_ = NEVER;
};

}  // namespace thicknet
