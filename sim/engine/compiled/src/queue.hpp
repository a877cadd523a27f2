// The event queue: plain records in the order of time, no allocation per event once it has grown.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "twins.hpp"

namespace thicknet {

using Ps = int64_t;

// Whoever is called at a time. `tag` is the number it asked to be given.
struct Timed {
    virtual void due(uint64_t tag) = 0;
    virtual ~Timed() = default;
};

struct Event {
    Ps ps;
    Timed* whom;
    uint64_t tag;
};

// Sorted, latest first, so that the next event is popped off the end. Nearly all new events are due soon and
// belong near that end: for a handful of stations this beats a heap by far, and a full cable has an entry per edge under
// way, not per edge and tap.
class Queue {
public:
    void at(Ps ps, Timed* whom, uint64_t tag = 0) {
        size_t place = events_.size();
        events_.push_back({ps, whom, tag});
        Event* events = events_.data();
        while (place > 0 && events[place - 1].ps <= ps) {  // of equal times the first comes first
            events[place] = events[place - 1];
            --place;
        }
        events[place] = {ps, whom, tag};
    }
    bool empty() const { return events_.empty(); }
    Ps next() const { return events_.back().ps; }
    Event pop() {
        Event event = events_.back();
        events_.pop_back();
        return event;
    }

private:
    std::vector<Event> events_;
};

// The grid of all times and the residues of its sources.
using namespace events;
inline Ps on_grid(Ps ps, int64_t residue) { return (ps >> GRID_BITS << GRID_BITS) + residue; }

}  // namespace thicknet
