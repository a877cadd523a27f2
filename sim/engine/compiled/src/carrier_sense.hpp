// Carrier sense and collision detection: the twin of hw/analogue/carrier_sense.py, which explains it.
#pragma once
#include "wires.hpp"

namespace thicknet {

class CarrierSense : public Listener, public Timed {
public:
    using Pins = carrier_sense::Pins;
    CarrierSense(Simulation& simulation, Pins pins, int on_ns, int off_ns)
        : simulation_(simulation), pins_(pins), on_(on_ns * Ps{1000}), off_(off_ns * Ps{1000}) {
        for (Wire* wire : {pins.aui_di_active, pins.aui_ci, pins.tx_en, pins.looped, pins.loopback, pins.phy_loopback,
                           pins.phy_isolate, pins.phy_collision_test})
            wire->listeners.push_back(this);
    }
    void changed() override {
        if (driven_ != static_cast<bool>(pins_.aui_di_active->value)) {
            driven_ = !driven_;
            due_ = on_grid(simulation_.now + (driven_ ? on_ : off_), CABLE);
            if (driven_ != carrier_) {
                if (due_ <= simulation_.now) carrier_ = driven_;
                else simulation_.queue.at(due_, this);
            }
        }
        sense();
    }
    void due(uint64_t) override {
        if (simulation_.now < due_) return;
        carrier_ = driven_;
        sense();
    }

private:
    void sense() {
        bool tested = pins_.phy_collision_test->value && pins_.tx_en->value, carrier = false, collision = false;
        if (pins_.phy_isolate->value) {
        } else if (pins_.loopback->value | pins_.phy_loopback->value) {
            collision = tested;
            carrier = collision || pins_.looped->value;
        } else {
            collision = tested || pins_.aui_ci->value;
            carrier = collision || carrier_;
        }
        simulation_.assign(pins_.crs, carrier);
        simulation_.assign(pins_.col, collision);
    }
    Simulation& simulation_;
    Pins pins_;
    Ps on_, off_;
    bool driven_ = false, carrier_ = false;
    Ps due_ = 0;
};

}  // namespace thicknet
