// The 10BASE5 segment: the twin of hw/analogue/coax.py, which explains it.
//
// An edge travels as a wavefront: one event under way per edge, due at the next tap in the order of delays. So the
// queue holds edges, not edges times taps.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "wires.hpp"

namespace thicknet {

class Coax {
public:
    struct Tap {
        int64_t position_mm;
        Wire *aui_do, *aui_do_active, *aui_di, *aui_di_active, *collision;
        int level_net, mean_net;  // -1: not recorded
        int64_t level = 0, mean = 0;
    };
    Coax(Simulation& simulation, std::vector<Tap> taps) : simulation_(simulation), taps_(std::move(taps)) {
        for (size_t n = 0; n < taps_.size(); ++n) senders_.push_back(std::make_unique<Sender>(*this, n));
    }

private:
    static constexpr int64_t DELAY_FS_PER_MM = 4'330;
    static constexpr int64_t LOW_MV = -2'050, HIGH_MV = 0, MEAN_MV = -1'025;
    static constexpr int64_t SQUELCH_MV = -250, COLLISION_MV = -1'530, HYSTERESIS_MV = 100;

    // What one MAU drives into the cable, on its way to every tap.
    struct Sender : Listener, Timed {
        struct Edge {
            Ps ps;
            int64_t level_step, mean_step;
            uint32_t reached;  // so many taps, in the order of `route`
        };
        Sender(Coax& coax, size_t own) : coax(coax), own(own) {
            for (size_t n = 0; n < coax.taps_.size(); ++n) {
                int64_t mm = std::llabs(coax.taps_[own].position_mm - coax.taps_[n].position_mm);
                route.push_back({mm * DELAY_FS_PER_MM / 1000, n});
            }
            std::sort(route.begin(), route.end());
            coax.taps_[own].aui_do->listeners.push_back(this);
            coax.taps_[own].aui_do_active->listeners.push_back(this);
        }
        void changed() override {
            const Tap& tap = coax.taps_[own];
            int64_t level = 0, mean = 0;
            if (tap.aui_do_active->value) {
                mean = MEAN_MV;
                level = tap.aui_do->value ? HIGH_MV : LOW_MV;
            }
            if (level == sent_level && mean == sent_mean) return;
            uint32_t slot;
            if (free.empty()) {
                slot = static_cast<uint32_t>(edges.size());
                edges.emplace_back();
            } else {
                slot = free.back();
                free.pop_back();
            }
            edges[slot] = {coax.simulation_.now, level - sent_level, mean - sent_mean, 0};
            sent_level = level;
            sent_mean = mean;
            travel(slot);
        }
        void due(uint64_t slot) override {
            Edge& edge = edges[slot];
            Ps now = coax.simulation_.now;
            do {
                coax.arrive(coax.taps_[route[edge.reached].second], edge.level_step, edge.mean_step);
                ++edge.reached;
            } while (edge.reached < route.size() && time(edge) == now);
            if (edge.reached < route.size()) travel(static_cast<uint32_t>(slot));
            else free.push_back(static_cast<uint32_t>(slot));
        }
        Ps time(const Edge& edge) const { return on_grid(edge.ps + route[edge.reached].first, CABLE); }
        void travel(uint32_t slot) { coax.simulation_.queue.at(time(edges[slot]), this, slot); }

        Coax& coax;
        size_t own;
        std::vector<std::pair<Ps, size_t>> route;  // (delay, tap), nearest first
        std::vector<Edge> edges;
        std::vector<uint32_t> free;
        int64_t sent_level = 0, sent_mean = 0;
    };

    void arrive(Tap& tap, int64_t level_step, int64_t mean_step) {
        tap.level += level_step;
        tap.mean += mean_step;
        if (mean_step) {
            simulation_.assign(tap.aui_di_active, tap.mean < SQUELCH_MV);
            simulation_.assign(tap.collision, tap.mean < COLLISION_MV);
        }
        if (tap.level > tap.mean + HYSTERESIS_MV || tap.mean >= SQUELCH_MV) simulation_.assign(tap.aui_di, 1);
        else if (tap.level < tap.mean - HYSTERESIS_MV) simulation_.assign(tap.aui_di, 0);
        else simulation_.assign(tap.aui_di, tap.aui_di->value);
        if (tap.level_net >= 0) {
            simulation_.record(tap.level_net, tap.level);
            if (mean_step) simulation_.record(tap.mean_net, tap.mean);
        }
    }

    Simulation& simulation_;
    std::vector<Tap> taps_;
    std::vector<std::unique_ptr<Sender>> senders_;
};

}  // namespace thicknet
