// The 10BASE5 segment: the twin of hw/analogue/coax.py, which explains it. The paths come from hw/analogue/segment.py.
//
// An edge passes the taps in the order of their distance, and every path is a *hop* of its sender with at most one event
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
    using Pins = coax::Pins;
    struct Tap : Pins {
        int level_net, mean_net;  // -1: not recorded
        int64_t level = 0, mean = 0;
    };
    struct Path {
        Ps delay;
        size_t tap;
        int64_t mean_mv, swing_mv;
    };
    using Paths = std::vector<Path>;  // of one sender, nearest first

    Coax(Simulation& simulation, std::vector<Tap> taps) : simulation_(simulation), taps_(std::move(taps)) {
        for (Tap& tap : taps_) senders_.push_back(std::make_unique<Sender>(*this, tap));
    }
    // The cable is another one from now on: what was under way is gone, and each tap has its settled level.
    void reroute(const std::vector<Paths>& paths) {
        echoes_ = false;
        for (const Paths& of_sender : paths) echoes_ |= of_sender.size() > taps_.size();
        for (Tap& tap : taps_) tap.level = tap.mean = 0;
        for (size_t n = 0; n < senders_.size(); ++n) senders_[n]->reroute(paths[n]);
        for (Tap& tap : taps_) show(tap, true);
        for (auto& sender : senders_) sender->resume();
    }

private:

    // What one MAU drives into the cable, on its way to every tap.
    class Sender : public Listener, public EdgeSink {
    public:
        Sender(Coax& coax, Tap& own) : coax_(coax), own_(own), edges_(64), mask_(edges_.size() - 1) {
            own_.aui_do->listeners.push_back(this);
            own_.aui_do->sink = this;
            own_.aui_do_active->listeners.push_back(this);
            own_.jabber->listeners.push_back(this);
        }
        void changed() override {
            recall();
            bool active = own_.aui_do_active->value && !own_.jabber->value;
            launch(coax_.simulation_.now, active, active ? (own_.aui_do->value ? 1 : -1) : 0);
        }
        void edge(Ps ps, bool level) override {
            if (!own_.jabber->value) launch(ps, sent_mean_, level ? 1 : -1);
        }
        // New paths, and what is sent now at their ends. What was launched ahead of time is kept for `resume`.
        void reroute(const Paths& paths) {
            while (launched_ && edge(launched_ - 1).ps > coax_.simulation_.now) {
                const Edge& last = edge(--launched_);
                ahead_.push_back({last.ps, sent_mean_, sent_swing_});
                sent_mean_ -= last.means;
                sent_swing_ -= last.swings;
            }
            for (Hop& hop : hops_) hop.retired = true;
            retired_.push_back(std::move(hops_));  // events in the queue know them
            hops_.clear();
            hops_.reserve(paths.size());
            for (const Path& path : paths) {
                Tap& tap = coax_.taps_[path.tap];
                hops_.push_back({*this, hops_.size(), path, tap, launched_});
                tap.level += sent_mean_ * path.mean_mv + sent_swing_ * path.swing_mv;
                tap.mean += sent_mean_ * path.mean_mv;
            }
        }
        void resume() {
            for (; !ahead_.empty(); ahead_.pop_back()) launch(ahead_.back().ps, ahead_.back().mean, ahead_.back().swing);
        }

    private:
        struct Edge {
            Ps ps;
            int32_t means, swings;  // steps, in units of what arrives of this sender
        };
        struct State {
            Ps ps;
            int32_t mean, swing;
        };
        struct Hop : Timed {
            Hop(Sender& sender, size_t place, const Path& path, Tap& tap, uint64_t passed)
                : sender(sender), place(place), delay(path.delay), tap(tap), mean_mv(path.mean_mv),
                  swing_mv(path.swing_mv), passed(passed) {}
            void due(uint64_t) override {
                if (!retired) sender.pass(*this);
            }
            int64_t mean_step(const Edge& edge) const { return edge.means * mean_mv; }
            int64_t level_step(const Edge& edge) const { return edge.means * mean_mv + edge.swings * swing_mv; }
            Sender& sender;
            size_t place;
            Ps delay;
            Tap& tap;
            int64_t mean_mv, swing_mv;
            uint64_t passed;  // so many edges of this sender
            bool retired = false;
        };

        Edge& edge(uint64_t number) { return edges_[number & mask_]; }
        Ps time(const Hop& hop) { return on_grid(edge(hop.passed).ps + hop.delay, CABLE); }
        uint64_t reached(const Hop& hop) const { return hop.place ? hops_[hop.place - 1].passed : launched_; }

        void launch(Ps ps, int32_t mean, int32_t swing) {
            if (mean == sent_mean_ && swing == sent_swing_) return;
            Edge made{ps, mean - sent_mean_, swing - sent_swing_};
            sent_mean_ = mean;
            sent_swing_ = swing;
            if (hops_.empty()) return;  // unplugged
            if (launched_ - hops_.back().passed == edges_.size()) grow();
            edge(launched_++) = made;
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
                sent_mean_ -= last.means;
                sent_swing_ -= last.swings;
                for (Hop& hop : hops_) {
                    if (hop.passed <= launched_) break;
                    hop.passed = launched_;
                    hop.tap.level -= hop.level_step(last);
                }
            }
        }
        // The next edge passes `hop` now.
        void pass(Hop& hop) {
            if (hop.passed == reached(hop) || time(hop) != coax_.simulation_.now) return;  // it was recalled
            const Edge& passing = edge(hop.passed);
            coax_.arrive(hop.tap, hop.level_step(passing), hop.mean_step(passing));
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
            while (!coax_.listens(hop.tap) && !edge(hop.passed).means) {
                hop.tap.level += hop.level_step(edge(hop.passed));
                next(hop);
                if (hop.passed == reached(hop)) return;
            }
            coax_.simulation_.queue.at(time(hop), &hop);
        }

        Coax& coax_;
        Tap& own_;
        std::vector<Hop> hops_;
        std::vector<std::vector<Hop>> retired_;
        std::vector<State> ahead_;  // latest first
        std::vector<Edge> edges_;  // a ring, as long as a power of two
        uint64_t mask_;
        uint64_t launched_ = 0;
        int32_t sent_mean_ = 0, sent_swing_ = 0;
    };

    // With echoes a line may look idle while edges pass.
    bool listens(const Tap& tap) const { return !tap.aui_di->asleep || tap.level_net >= 0 || echoes_; }
    void arrive(Tap& tap, int64_t level_step, int64_t mean_step) {
        tap.level += level_step;
        tap.mean += mean_step;
        show(tap, mean_step != 0);
    }
    void show(Tap& tap, bool compare_means) {
        if (compare_means) {
            simulation_.assign(tap.aui_di_active, tap.mean < coax::SQUELCH_MV);
            simulation_.assign(tap.collision, tap.mean < coax::COLLISION_MV);
        }
        if (compare_means || !tap.aui_di->asleep) {
            if (tap.level > tap.mean + coax::HYSTERESIS_MV || tap.mean >= coax::SQUELCH_MV) simulation_.assign(tap.aui_di, 1);
            else if (tap.level < tap.mean - coax::HYSTERESIS_MV) simulation_.assign(tap.aui_di, 0);
            else simulation_.assign(tap.aui_di, tap.aui_di->value);
        }
        if (tap.level_net >= 0) {
            simulation_.record(tap.level_net, tap.level);
            if (compare_means) simulation_.record(tap.mean_net, tap.mean);
        }
    }

    Simulation& simulation_;
    std::vector<Tap> taps_;
    std::vector<std::unique_ptr<Sender>> senders_;
    bool echoes_ = false;
};

}  // namespace thicknet
