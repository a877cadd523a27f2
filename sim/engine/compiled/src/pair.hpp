// A cable of two pairs: the twin of hw/analogue/pair.py, which explains it.
//
// As on a coax (coax.hpp) an edge may be launched before its time, and where nobody listens it is counted at once and costs no
// event. Unlike there a receiver may wake in the middle of a signal: then the edges that have not arrived yet are taken back.
// What is recorded of an end is what it launched; so it keeps that itself until the time has come.
#pragma once
#include <vector>

#include "wires.hpp"

namespace thicknet {

class Pair {
public:
    using Pins = pair::Pins;  // from `announce` on they may be null
    struct End : Pins {
        bool reversed;
        int net;  // of what this end drives, or -1
        int64_t drive_mv;
    };
    // One that is too long to be `heard` brings nothing, plugged or not.
    Pair(Simulation& simulation, Ps delay, End one, End other, bool heard)
        : heard_(heard), there_(simulation, delay, one, other, heard), back_(simulation, delay, other, one, heard) {}
    void plug(bool plugged) {
        there_.plug(plugged && heard_);
        back_.plug(plugged && heard_);
    }
    // Time begins.
    void power_up() {
        there_.power_up();
        back_.power_up();
    }
    // Gives `take` what was launched until now and is to be recorded: each end's in the order of time.
    template <typename Take>
    void tell(Take take) {
        there_.tell(take);
        back_.tell(take);
    }

private:
    static constexpr uint64_t IDLE = 1, ACTIVE = 2;  // states: the level, and whether it is driven
    static constexpr Ps HALF_BIT = 50'000;
    static constexpr size_t AHEAD = 16;  // edges of a nibble, twice

    class Direction : public Listener, public EdgeSink, public EdgeSource, public Timed {
    public:
        Direction(Simulation& simulation, Ps delay, End sender, End receiver, bool plugged)
            : simulation_(simulation), delay_(delay), sender_(sender), receiver_(receiver), plugged_(plugged),
              announcement_(*this) {
            size_t under_way = static_cast<size_t>(delay / HALF_BIT) + AHEAD, size = 1;
            while (size <= under_way) size *= 2;
            edges_.assign(size, {0, IDLE});
            mask_ = size - 1;
            sender.aui_do->listeners.push_back(this);
            sender.aui_do->sink = this;
            sender.aui_do_active->listeners.push_back(this);
            receiver.aui_di->source = this;
            announces_ = sender.announce && receiver.partner_announces;
            if (announces_) sender.announce->listeners.push_back(&announcement_);
        }
        void changed() override {
            while (launched_ > kept_ && edge(launched_ - 1).ps > simulation_.now) --launched_;
            while (!untold_.empty() && untold_.back().ps > simulation_.now) untold_.pop_back();
            if (passed_ > launched_) passed_ = launched_;
            bool active = sender_.aui_do_active->value;
            launch(simulation_.now, active ? sender_.aui_do->value | ACTIVE : IDLE);
        }
        void edge(Ps ps, bool level) override {
            if (sender_.aui_do_active->value) launch(ps, level | ACTIVE);
        }
        void wake() override {
            while (passed_ > kept_ && passed_ + mask_ > launched_ && time(passed_ - 1) > simulation_.now) --passed_;
            if (plugged_) receiver_.aui_di->value = receiver_.aui_di->next = level(edge(passed_ - 1).state);
            expect();
        }
        void due(uint64_t) override {
            if (passed_ == launched_ || time(passed_) != simulation_.now) return;  // it was taken back
            for (; passed_ < launched_ && time(passed_) == simulation_.now; ++passed_)
                if (plugged_ && edge(passed_).state == IDLE && receiver_.line_sign)
                    simulation_.assign(receiver_.line_sign, (edge(passed_ - 1).state & 1) != receiver_.reversed);
            if (plugged_) show(edge(passed_ - 1).state);
            expect();
        }
        // What stands at the sender from the beginning never changes to that.
        void power_up() {
            if (announces_ && sender_.announce->value) announce();
        }
        // What is under way is lost.
        void plug(bool plugged) {
            plugged_ = plugged;
            kept_ = launched_;
            while (edge(kept_ - 1).ps > simulation_.now) --kept_;
            passed_ = kept_;
            show(plugged ? edge(kept_ - 1).state : IDLE);
            expect();
            ++pluggings_;
            if (announces_) simulation_.assign(receiver_.partner_announces, plugged && sender_.announce->value);
        }

        template <typename Take>
        void tell(Take take) {
            size_t told = 0;
            for (; told < untold_.size() && untold_[told].ps <= simulation_.now; ++told)
                if (told + 1 == untold_.size() || untold_[told + 1].ps != untold_[told].ps) take(untold_[told]);
            untold_.erase(untold_.begin(), untold_.begin() + static_cast<std::ptrdiff_t>(told));
        }

    private:
        struct Announcement : Listener, Timed {
            explicit Announcement(Direction& direction) : direction(direction) {}
            void changed() override { direction.announce(); }
            void due(uint64_t tag) override { direction.announced(tag); }
            Direction& direction;
        };
        void announce() {
            Ps ps = on_grid(simulation_.now + delay_, CABLE);
            simulation_.queue.at(ps, &announcement_, pluggings_ << 1 | sender_.announce->value);
        }
        void announced(uint64_t tag) {
            if (plugged_ && tag >> 1 == pluggings_) simulation_.assign(receiver_.partner_announces, tag & 1);
        }
        struct Edge {
            Ps ps;  // when it was, or will be, launched
            uint64_t state;
        };
        Edge& edge(uint64_t number) { return edges_[number & mask_]; }
        Ps time(uint64_t number) { return on_grid(edge(number).ps + delay_, CABLE); }
        void launch(Ps ps, uint64_t state) {
            if (state == edge(launched_ - 1).state) return;
            if (sender_.net >= 0)
                untold_.push_back({ps, state == IDLE ? 0 : state & 1 ? sender_.drive_mv : -sender_.drive_mv, sender_.net});
            edge(launched_++) = {ps, state};
            if (passed_ == launched_ - 1) expect();
        }
        void expect() {
            while (passed_ < launched_ && receiver_.aui_di->asleep &&
                   !((edge(passed_).state ^ edge(passed_ - 1).state) & ACTIVE))
                ++passed_;
            if (passed_ < launched_) simulation_.queue.at(time(passed_), this);
        }
        // What the receiver has behind its pins, where wires may be swapped, and swapped back.
        uint64_t level(uint64_t state) const {
            bool swapped = receiver_.reversed != (receiver_.swap && receiver_.swap->value);
            return (state & 1) ^ (state >= ACTIVE && swapped);
        }
        void show(uint64_t state) {
            simulation_.assign(receiver_.aui_di, level(state));
            simulation_.assign(receiver_.aui_di_active, state >= ACTIVE);
        }

        Simulation& simulation_;
        Ps delay_;
        End sender_, receiver_;
        std::vector<Edge> edges_;  // a ring; the first, number 0, is what was before all others
        size_t mask_;
        uint64_t launched_ = 1, passed_ = 1;  // so many edges are launched, and have arrived or need not
        uint64_t kept_ = 1;  // those before it are past, or lost with the plug
        bool plugged_, announces_ = false;
        uint64_t pluggings_ = 0;
        std::vector<Change> untold_;  // launched, and not yet given to the recorders
        Announcement announcement_;
    };
    bool heard_;
    Direction there_, back_;
};

}  // namespace thicknet
