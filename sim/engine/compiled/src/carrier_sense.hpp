// Carrier sense and collision detection: the twin of hw/analogue/carrier_sense.py, which explains it.
#pragma once
#include "wires.hpp"

namespace thicknet {

class CarrierSense : public Listener {
public:
    struct Pins {
        Wire *aui_di_active, *aui_ci, *looped, *loopback, *phy_loopback, *phy_isolate, *crs, *col;
    };
    CarrierSense(Simulation& simulation, Pins pins) : simulation_(simulation), pins_(pins) {
        for (Wire* wire : {pins.aui_di_active, pins.aui_ci, pins.looped, pins.loopback, pins.phy_loopback,
                           pins.phy_isolate})
            wire->listeners.push_back(this);
    }
    void changed() override {
        uint64_t carrier = 0, collision = 0;
        if (pins_.phy_isolate->value) {
        } else if (pins_.loopback->value | pins_.phy_loopback->value) {
            carrier = pins_.looped->value;
        } else {
            collision = pins_.aui_ci->value;
            carrier = collision | pins_.aui_di_active->value;
        }
        simulation_.assign(pins_.crs, carrier);
        simulation_.assign(pins_.col, collision);
    }

private:
    Simulation& simulation_;
    Pins pins_;
};

}  // namespace thicknet
