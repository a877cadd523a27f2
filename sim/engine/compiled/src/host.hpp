// What an adapter meets on its host's side: memory behind its DMA port, bus cycles, and its bells. Twins of
// hw/analogue/memory.py and of the MyHDL engine's bus handshake.
#pragma once
#include <vector>

#include "lan.h"
#include "wires.hpp"

namespace thicknet {

class HostMemory : public Listener {
public:
    using Pins = memory::Pins;
    HostMemory(Simulation& simulation, Pins pins, uint8_t* octets, size_t count)
        : simulation_(simulation), pins_(pins), octets_(octets), count_(count) {
        pins.m_stb->listeners.push_back(this);
    }
    void changed() override {
        size_t first = pins_.m_adr->value & ~size_t{3};
        bool open = pins_.m_stb->value, inside = first + 4 <= count_;
        simulation_.assign(pins_.m_ack, open && inside);
        simulation_.assign(pins_.m_err, open && !inside);
        if (!open || !inside) return;
        if (pins_.m_we->value) {
            for (int n = 0; n < 4; ++n) {
                if (pins_.m_sel->value >> (3 - n) & 1)
                    octets_[first + n] = static_cast<uint8_t>(pins_.m_dat_w->value >> (24 - 8 * n));
            }
        } else {
            uint64_t word = 0;
            for (int n = 0; n < 4; ++n) word = word << 8 | octets_[first + n];
            simulation_.assign(pins_.m_dat_r, word);
        }
    }

private:
    Simulation& simulation_;
    Pins pins_;
    uint8_t* octets_;
    size_t count_;
};

class Bus {
public:
    static constexpr int32_t DONE = 0, IRQ = 1;
    using Pins = bus::Pins;
    Bus(Simulation& simulation, Pins pins, int32_t adapter, std::vector<Bell>& bells)
        : simulation_(simulation), pins_(pins), adapter_(adapter), bells_(bells), end_(*this), irq_(*this) {
        pins.s_ack->listeners.push_back(&end_);
        pins.s_err->listeners.push_back(&end_);
        pins.irq->listeners.push_back(&irq_);
    }
    void submit(uint64_t word_address, bool write, uint64_t value) {
        simulation_.assign(pins_.s_adr, word_address);
        simulation_.assign(pins_.s_we, write);
        if (write) simulation_.assign(pins_.s_dat_w, value);
        simulation_.assign(pins_.s_stb, 1);
    }

private:
    struct End : Listener {
        explicit End(Bus& bus) : bus(bus) {}
        void changed() override {
            if (!bus.pins_.s_ack->value && !bus.pins_.s_err->value) return;
            bus.simulation_.assign(bus.pins_.s_stb, 0);
            int64_t value = bus.pins_.s_we->value ? 0 : static_cast<int64_t>(bus.pins_.s_dat_r->value);
            bus.bells_.push_back({bus.adapter_, DONE, value});
        }
        Bus& bus;
    };
    struct Irq : Listener {
        explicit Irq(Bus& bus) : bus(bus) {}
        void changed() override {
            bus.bells_.push_back({bus.adapter_, IRQ, static_cast<int64_t>(bus.pins_.irq->value)});
        }
        Bus& bus;
    };
    Simulation& simulation_;
    Pins pins_;
    int32_t adapter_;
    std::vector<Bell>& bells_;
    End end_;
    Irq irq_;
};

}  // namespace thicknet
