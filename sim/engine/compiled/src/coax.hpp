// The 10BASE5 segment: the twin of hw/analogue/coax.py, which explains it.
//
// An edge passes the taps in the order of their distance, and every tap is one *hop* of its sender with at most one event
// in the queue, for the next edge that is to pass there. So the queue holds hops that wait for an edge, and the events are
// near. A hop to a tap at which nobody listens costs an addition and no event: its edge is counted there at once.
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
        Wire *aui_do, *aui_do_active, *aui_di, *aui_di_active, *collision, *jabber;
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
    class Sender : public Listener, public EdgeSink {
    public:
        Sender(Coax& coax, size_t own) : coax_(coax), own_(coax.taps_[own]), edges_(64), mask_(edges_.size() - 1) {
            std::vector<std::pair<Ps, size_t>> route;  // (delay, tap), nearest first
            for (size_t n = 0; n < coax.taps_.size(); ++n) {
                int64_t mm = std::llabs(own_.position_mm - coax.taps_[n].position_mm);
                route.push_back({mm * DELAY_FS_PER_MM / 1000, n});
            }
            std::sort(route.begin(), route.end());
            hops_.reserve(route.size());
            for (const auto& [delay, tap] : route) hops_.push_back({*this, hops_.size(), delay, coax.taps_[tap]});
            own_.aui_do->listeners.push_back(this);
            own_.aui_do->sink = this;
            own_.aui_do_active->listeners.push_back(this);
            own_.jabber->listeners.push_back(this);
        }
        void changed() override {
            recall();
            bool active = own_.aui_do_active->value && !own_.jabber->value;
            launch(coax_.simulation_.now, active ? (own_.aui_do->value ? HIGH_MV : LOW_MV) : 0, active ? MEAN_MV : 0);
        }
        void edge(Ps ps, bool level) override {
            if (!own_.jabber->value) launch(ps, level ? HIGH_MV : LOW_MV, sent_mean_);
        }

    private:
        struct Edge {
            Ps ps;
            int32_t level_step, mean_step;
        };
        struct Hop : Timed {
            Hop(Sender& sender, size_t place, Ps delay, Tap& tap)
                : sender(sender), place(place), delay(delay), tap(tap) {}
            void due(uint64_t) override { sender.pass(*this); }
            Sender& sender;
            size_t place;
            Ps delay;
            Tap& tap;
            uint64_t passed = 0;  // so many edges of this sender
        };

        Edge& edge(uint64_t number) { return edges_[number & mask_]; }
        Ps time(const Hop& hop) { return on_grid(edge(hop.passed).ps + hop.delay, CABLE); }
        uint64_t reached(const Hop& hop) const { return hop.place ? hops_[hop.place - 1].passed : launched_; }

        void launch(Ps ps, int64_t level, int64_t mean) {
            if (level == sent_level_ && mean == sent_mean_) return;
            if (launched_ - hops_.back().passed == edges_.size()) grow();
            edge(launched_++) = {ps, static_cast<int32_t>(level - sent_level_), static_cast<int32_t>(mean - sent_mean_)};
            sent_level_ = level;
            sent_mean_ = mean;
            if (hops_.front().passed == launched_ - 1) expect(hops_.front());
        }
        void grow() {
            std::vector<Edge> edges(2 * edges_.size());
            for (uint64_t n = launched_ - edges_.size(); n < launched_; ++n) edges[n & (edges.size() - 1)] = edge(n);
            edges_ = std::move(edges);
            mask_ = edges_.size() - 1;
        }
        // Takes back what was launched ahead of time.
        void recall() {
            while (launched_ && edge(launched_ - 1).ps > coax_.simulation_.now) {
                const Edge& last = edge(--launched_);
                sent_level_ -= last.level_step;
                for (Hop& hop : hops_) {
                    if (hop.passed <= launched_) break;
                    hop.passed = launched_;
                    hop.tap.level -= last.level_step;
                }
            }
        }
        // The next edge passes `hop` now.
        void pass(Hop& hop) {
            if (hop.passed == reached(hop) || time(hop) != coax_.simulation_.now) return;  // it was recalled
            const Edge& passing = edge(hop.passed);
            coax_.arrive(hop.tap, passing.level_step, passing.mean_step);
            next(hop);
            if (hop.passed < reached(hop)) expect(hop);
        }
        // Counts one more edge at `hop`, which is then on its way to the hop behind it.
        void next(Hop& hop) {
            uint64_t number = hop.passed++;
            if (hop.place + 1 < hops_.size() && hops_[hop.place + 1].passed == number) expect(hops_[hop.place + 1]);
        }
        // An edge is on its way to `hop`, and none was before. Where nobody listens, it may be counted before its time:
        // a tap listens again only after the line has been idle there, when all edges have passed.
        void expect(Hop& hop) {
            while (!coax_.listens(hop.tap) && !edge(hop.passed).mean_step) {
                hop.tap.level += edge(hop.passed).level_step;
                next(hop);
                if (hop.passed == reached(hop)) return;
            }
            coax_.simulation_.queue.at(time(hop), &hop);
        }

        Coax& coax_;
        Tap& own_;
        std::vector<Hop> hops_;
        std::vector<Edge> edges_;  // a ring, as long as a power of two
        uint64_t mask_;
        uint64_t launched_ = 0;
        int64_t sent_level_ = 0, sent_mean_ = 0;
    };

    static bool listens(const Tap& tap) { return !tap.aui_di->asleep || tap.level_net >= 0; }
    void arrive(Tap& tap, int64_t level_step, int64_t mean_step) {
        tap.level += level_step;
        tap.mean += mean_step;
        if (mean_step) {
            simulation_.assign(tap.aui_di_active, tap.mean < SQUELCH_MV);
            simulation_.assign(tap.collision, tap.mean < COLLISION_MV);
        }
        if (mean_step || !tap.aui_di->asleep) {
            if (tap.level > tap.mean + HYSTERESIS_MV || tap.mean >= SQUELCH_MV) simulation_.assign(tap.aui_di, 1);
            else if (tap.level < tap.mean - HYSTERESIS_MV) simulation_.assign(tap.aui_di, 0);
            else simulation_.assign(tap.aui_di, tap.aui_di->value);
        }
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
