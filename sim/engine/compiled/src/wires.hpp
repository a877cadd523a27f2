// Wires, modules and the settling of an instant.
//
// As in MyHDL: what is assigned takes effect together, then those who wait for the changed wires run and may
// assign again, until nothing changes. A module is evaluated when its clock ticks, after its inputs have
// taken their new values; its outputs are assigned like everything else.
#pragma once
#include <cstring>
#include <functional>
#include <vector>

#include "queue.hpp"

namespace thicknet {

class Simulation;

struct Listener {
    virtual void changed() = 0;
    virtual ~Listener() = default;
};

// Takes the edges of a wire before their time.
struct EdgeSink {
    virtual void edge(Ps ps, bool level) = 0;
    virtual ~EdgeSink() = default;
};

// Has left out edges of a wire.
struct EdgeSource {
    virtual void wake() = 0;
    virtual ~EdgeSource() = default;
};

// Where a module keeps a port or a probe: 1, 2, 4 or 8 octets.
struct Storage {
    void* at;
    int octets;
    uint64_t read() const {
        switch (octets) {
            case 1: return *static_cast<uint8_t*>(at);
            case 2: return *static_cast<uint16_t*>(at);
            case 4: return *static_cast<uint32_t*>(at);
            default: return *static_cast<uint64_t*>(at);
        }
    }
    void write(uint64_t value) const {
        switch (octets) {
            case 1: *static_cast<uint8_t*>(at) = static_cast<uint8_t>(value); break;
            case 2: *static_cast<uint16_t*>(at) = static_cast<uint16_t>(value); break;
            case 4: *static_cast<uint32_t*>(at) = static_cast<uint32_t>(value); break;
            default: *static_cast<uint64_t*>(at) = value;
        }
    }
};

struct Wire {
    uint64_t value = 0;
    uint64_t next = 0;
    bool assigned = false;
    bool asleep = false;  // nobody looks at its edges now, so they may be left out
    EdgeSink* sink = nullptr;
    EdgeSource* source = nullptr;
    int net = -1;  // its number among the recorded nets, or none
    std::vector<Storage> inputs;
    std::vector<Listener*> listeners;
    // Somebody looks at its edges again.
    void wake() {
        if (!asleep) return;
        asleep = false;
        if (source) source->wake();
    }
    // Its edges go to the sink and nowhere else.
    bool sinks() const { return sink && net < 0 && listeners.size() == 1 && inputs.empty(); }
};

// An output port of `Octets` width, and what it was after the last evaluation.
template <typename Octets>
struct Output {
    const Octets* at;
    Octets last;
    Wire* wire;
};

struct Module {
    struct Probe {
        Storage storage;
        uint64_t last;
        int net;
    };
    void* instance = nullptr;
    void (*tick)(void*) = nullptr;
    // By width, since each is looked at after each tick and few have changed.
    std::vector<Output<uint8_t>> bits;
    std::vector<Output<uint16_t>> shorts;
    std::vector<Output<uint32_t>> words;
    std::vector<Output<uint64_t>> doubles;
    std::vector<Probe> probes;

    void add_output(Storage storage, Wire* wire) {
        switch (storage.octets) {
            case 1: return add(bits, storage, wire);
            case 2: return add(shorts, storage, wire);
            case 4: return add(words, storage, wire);
            default: return add(doubles, storage, wire);
        }
    }
    template <typename Changed>
    void each_changed(Changed changed) {
        scan(bits, changed);
        scan(shorts, changed);
        scan(words, changed);
        scan(doubles, changed);
    }

private:
    template <typename Octets>
    static void add(std::vector<Output<Octets>>& outputs, Storage storage, Wire* wire) {
        outputs.push_back({static_cast<const Octets*>(storage.at), static_cast<Octets>(wire->value), wire});
    }
    template <typename Octets, typename Changed>
    static void scan(std::vector<Output<Octets>>& outputs, Changed changed) {
        for (Output<Octets>& output : outputs) {
            if (*output.at == output.last) continue;
            output.last = *output.at;
            changed(output.wire, output.last);
        }
    }
};

// A clock is the modules that it ticks; it has no level.
struct Clock {
    std::vector<Module*> modules;
};

struct Change {
    Ps ps;
    int64_t value;
    int32_t net;
};

// A vector that is filled and emptied several times an instant. Its size is a number and not a pointer, because a
// std::vector that is swapped right after a push stalls the processor's store buffer: a quarter of the run time.
template <typename Item>
struct List {
    std::vector<Item*> items = std::vector<Item*>(16);
    size_t size = 0;
    void push(Item* item) {
        if (size == items.size()) items.resize(2 * size);
        items[size++] = item;
    }
};

class Simulation {
public:
    Ps now = 0;
    Queue queue;
    std::vector<Change> log;

    void assign(Wire* wire, uint64_t value) {
        wire->next = value;
        if (!wire->assigned) {
            wire->assigned = true;
            assigned_[turn_].push(wire);
        }
    }
    void tick(Clock* clock) {
        for (Module* module : clock->modules) ticking_[turn_].push(module);
    }
    void record(int net, int64_t value) { log.push_back({now, value, net}); }

    // Everything due at the next time not after `limit`; false when there is none.
    bool step(Ps limit) {
        if (queue.empty() || queue.next() > limit) return false;
        now = queue.next();
        do {
            Event event = queue.pop();
            event.whom->due(event.tag);
        } while (!queue.empty() && queue.next() == now);
        settle();
        return true;
    }

    void settle() {
        while (assigned_[turn_].size || ticking_[turn_].size) {
            List<Wire>& assigned = assigned_[turn_];
            List<Module>& ticking = ticking_[turn_];
            turn_ ^= 1;
            for (size_t n = 0; n < assigned.size; ++n) {
                Wire* wire = assigned.items[n];
                wire->assigned = false;
                if (wire->next == wire->value) continue;
                wire->value = wire->next;
                for (const Storage& input : wire->inputs) input.write(wire->value);
                if (wire->net >= 0) record(wire->net, static_cast<int64_t>(wire->value));
                for (Listener* listener : wire->listeners) listening_.push(listener);
            }
            assigned.size = 0;
            for (size_t n = 0; n < ticking.size; ++n) evaluate(*ticking.items[n]);
            ticking.size = 0;
            for (size_t n = 0; n < listening_.size; ++n) listening_.items[n]->changed();
            listening_.size = 0;
        }
    }

private:
    void evaluate(Module& module) {
        module.tick(module.instance);
        module.each_changed([this](Wire* wire, uint64_t value) { assign(wire, value); });
        for (Module::Probe& probe : module.probes) {
            uint64_t value = probe.storage.read();
            if (value != probe.last) {
                probe.last = value;
                record(probe.net, static_cast<int64_t>(value));
            }
        }
    }
    // Two of each, in turns: what is assigned while one is worked off waits in the other.
    List<Wire> assigned_[2];
    List<Module> ticking_[2];
    List<Listener> listening_;
    int turn_ = 0;
};

// A clock's gate (hw/gate.py): open while a level is high or the two ends of a pair differ.
struct Gate {
    struct Bit {
        const Wire* wire;
        int bit;
        bool read() const { return wire->value >> bit & 1; }
    };
    std::vector<Bit> levels;
    std::vector<std::pair<Bit, Bit>> pairs;
    bool open() const {
        for (const Bit& level : levels)
            if (level.read()) return true;
        for (const auto& [one, other] : pairs)
            if (one.read() != other.read()) return true;
        return false;
    }
};

}  // namespace thicknet
