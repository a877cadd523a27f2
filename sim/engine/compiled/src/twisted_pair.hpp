// The MAU of a twisted pair: the twin of hw/analogue/twisted_pair.py, which explains it.
#pragma once
#include "wires.hpp"

namespace thicknet {

class TwistedPairMau : public Listener, public Timed {
public:
    struct Pins {
        Wire *line_active, *aui_do_active, *full_duplex, *link, *aui_di_active, *aui_ci;
    };
    TwistedPairMau(Simulation& simulation, Pins pins) : simulation_(simulation), pins_(pins), line_(*this) {
        pins.line_active->listeners.push_back(&line_);
        pins.aui_do_active->listeners.push_back(this);
        pins.link->listeners.push_back(this);
    }
    void changed() override { show(); }
    void due(uint64_t signal) override {
        if (signal != signals_) return;
        receiving_ = true;
        show();
    }

private:
    static constexpr Ps SQUELCH = 200'000;
    struct Line : Listener {
        explicit Line(TwistedPairMau& mau) : mau(mau) {}
        void changed() override { mau.line(); }
        TwistedPairMau& mau;
    };
    void line() {
        ++signals_;
        if (pins_.line_active->value) {
            simulation_.queue.at(on_grid(simulation_.now + SQUELCH, CABLE), this, signals_);
        } else {
            receiving_ = false;
            show();
        }
    }
    void show() {
        bool sending = pins_.aui_do_active->value && pins_.link->value && !pins_.full_duplex->value;
        simulation_.assign(pins_.aui_di_active, receiving_ || sending);
        simulation_.assign(pins_.aui_ci, receiving_ && sending);
    }

    Simulation& simulation_;
    Pins pins_;
    Line line_;
    bool receiving_ = false;
    uint64_t signals_ = 0;
};

}  // namespace thicknet
