// The event kernel of the compiled engine, behind the C interface of lan.h.
//
// A LAN is built once by numbers: wires, module instances from their libraries, clocks, gates, crystals, analogue
// parts. Then it is advanced from bell to bell. Nothing here knows what an adapter is: a netlist says that (hw/netlist.py).
#include <dlfcn.h>

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "carrier_sense.hpp"
#include "backplane.hpp"
#include "clock_recovery.hpp"
#include "coax.hpp"
#include "crystal.hpp"
#include "fabric.hpp"
#include "generator.hpp"
#include "host.hpp"
#include "pair.hpp"
#include "defects.hpp"
#include "transceiver.hpp"
#include "twisted_pair.hpp"
#include "wires.hpp"

#include "lan.h"

using namespace thicknet;

namespace {

// Instants that are gone through in one call: some tenths of a second. Between two calls Python sees signals.
constexpr int64_t kStepsAtOnce = 1'000'000;

struct Library {
    void* (*create)();
    void (*destroy)(void*);
    void (*tick)(void*);
    void (*settle)(void*);
    void* (*port)(void*, int);
    int (*port_bytes)(int);
    void* (*probe)(void*, int);
    int (*probe_bytes)(int);
};

struct Instance {
    Module module;
    const Library* library;
    ~Instance() { library->destroy(module.instance); }
};

template <typename Function>
bool find(void* handle, const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(dlsym(handle, name));
    return function != nullptr;
}

}  // namespace

struct Lan {
    Simulation simulation;
    std::deque<Wire> wires;
    std::deque<Clock> clocks;
    std::deque<Gate> gates;
    std::unordered_map<std::string, Library> libraries;
    std::deque<Instance> instances;
    std::vector<std::unique_ptr<Crystal>> crystals;
    std::vector<std::unique_ptr<TransmitCrystal>> transmit_crystals;
    std::vector<std::unique_ptr<Divider>> dividers;
    std::vector<std::unique_ptr<ClockRecovery>> recoveries;
    std::vector<std::unique_ptr<CarrierSense>> carriers;
    std::vector<std::unique_ptr<HostMemory>> memories;
    std::vector<std::unique_ptr<Bus>> buses;
    std::vector<std::unique_ptr<Coax>> coaxes;
    std::vector<std::unique_ptr<Transceiver>> transceivers;
    std::vector<std::unique_ptr<Defects>> defects;
    std::vector<std::unique_ptr<SignalGenerator>> generators;
    std::vector<std::unique_ptr<Pair>> pairs;
    std::vector<std::unique_ptr<TwistedPairPath>> twisted_pairs;
    std::vector<std::unique_ptr<Backplane>> backplanes;
    std::vector<Backplane::Port> ports;  // of the hub that is being built
    std::vector<std::unique_ptr<Fabric>> fabrics;
    std::vector<Fabric::Port> switch_ports;  // of the switch that is being built
    std::vector<Coax::Tap> taps;  // of the coax that is being built
    std::vector<Bell> bells;
    std::vector<int64_t> settled;
    std::string error;

    Wire* wire(int n) { return &wires[static_cast<size_t>(n)]; }
    Wire* any(int n) { return n < 0 ? nullptr : wire(n); }
    // A structure of nothing but pointers to wires, from their numbers.
    template <typename Pins>
    Pins pins(const int* numbers) {
        constexpr size_t count = sizeof(Pins) / sizeof(Wire*);
        Wire* wires[count];
        for (size_t n = 0; n < count; ++n) wires[n] = any(numbers[n]);
        Pins made;
        std::memcpy(&made, wires, sizeof made);
        return made;
    }
    void watch(Gate& gate, Listener* listener) {
        for (const Gate::Bit& level : gate.levels) add(level.wire, listener);
        for (const auto& [one, other] : gate.pairs) {
            add(one.wire, listener);
            add(other.wire, listener);
        }
    }

private:
    static void add(const Wire* wire, Listener* listener) {
        auto& listeners = const_cast<Wire*>(wire)->listeners;
        if (std::find(listeners.begin(), listeners.end(), listener) == listeners.end()) listeners.push_back(listener);
    }
};

Lan* lan_create() { return new Lan; }
void lan_destroy(Lan* lan) { delete lan; }
const char* lan_error(Lan* lan) { return lan->error.c_str(); }

int lan_wires(Lan* lan, int count, const int64_t* initial) {
    int first = static_cast<int>(lan->wires.size());
    for (int n = 0; n < count; ++n) {
        lan->wires.emplace_back();
        lan->wires.back().value = lan->wires.back().next = static_cast<uint64_t>(initial[n]);
    }
    return first;
}

int lan_module(Lan* lan, const char* path, int clock, const char* ports, const int* wires) {
    auto known = lan->libraries.find(path);
    if (known == lan->libraries.end()) {
        void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        Library library;
        if (!handle || !find(handle, "thicknet_create", library.create) ||
            !find(handle, "thicknet_destroy", library.destroy) || !find(handle, "thicknet_tick", library.tick) ||
            !find(handle, "thicknet_settle", library.settle) || !find(handle, "thicknet_port", library.port) ||
            !find(handle, "thicknet_port_bytes", library.port_bytes) ||
            !find(handle, "thicknet_probe", library.probe) ||
            !find(handle, "thicknet_probe_bytes", library.probe_bytes)) {
            lan->error = dlerror();
            return -1;
        }
        known = lan->libraries.emplace(path, library).first;
    }
    lan->instances.emplace_back();
    Instance& instance = lan->instances.back();
    instance.library = &known->second;
    instance.module.instance = known->second.create();
    instance.module.tick = known->second.tick;
    if (clock >= 0) lan->clocks[static_cast<size_t>(clock)].modules.push_back(&instance.module);
    for (int port = 0; ports[port]; ++port) {
        if (ports[port] == 'c') continue;
        Storage storage{instance.library->port(instance.module.instance, port), instance.library->port_bytes(port)};
        Wire* wire = lan->wire(*wires++);
        if (ports[port] == 'o') {
            instance.module.add_output(storage, wire);
        } else {
            storage.write(wire->value);
            wire->inputs.push_back(storage);
        }
    }
    return static_cast<int>(lan->instances.size()) - 1;
}

void lan_probe(Lan* lan, int module, int probe, int net) {
    Instance& instance = lan->instances[static_cast<size_t>(module)];
    Storage storage{instance.library->probe(instance.module.instance, probe), instance.library->probe_bytes(probe)};
    instance.module.probes.push_back({storage, storage.read(), net});
}

void lan_record(Lan* lan, int wire, int net) { lan->wire(wire)->net = net; }

void lan_settle(Lan* lan, int module) {
    Instance& instance = lan->instances[static_cast<size_t>(module)];
    instance.library->settle(instance.module.instance);
    instance.module.each_changed([lan](Wire* wire, uint64_t value) { lan->simulation.assign(wire, value); });
}

int lan_clock(Lan* lan) {
    lan->clocks.emplace_back();
    return static_cast<int>(lan->clocks.size()) - 1;
}

int lan_gate(Lan* lan, int levels, const int* level, int pairs, const int* pair) {
    lan->gates.emplace_back();
    Gate& gate = lan->gates.back();
    auto bit = [lan](const int* at) { return Gate::Bit{lan->wire(at[0]), at[1]}; };
    for (int n = 0; n < levels; ++n) gate.levels.push_back(bit(level + 2 * n));
    for (int n = 0; n < pairs; ++n) gate.pairs.push_back({bit(pair + 4 * n), bit(pair + 4 * n + 2)});
    return static_cast<int>(lan->gates.size()) - 1;
}

void lan_crystal(Lan* lan, int clock, int64_t period_fs, int64_t phase_ps, int residue, int gate, int divisor) {
    Gate& opens = lan->gates[static_cast<size_t>(gate)];
    lan->crystals.push_back(std::make_unique<Crystal>(lan->simulation, &lan->clocks[static_cast<size_t>(clock)],
                                                      Grid(period_fs, phase_ps, residue), &opens, lan->any(divisor)));
    lan->watch(opens, lan->crystals.back().get());
}

int lan_transmit_crystal(Lan* lan, int bit_clk, int tx_clk, int64_t half_bit_fs, int64_t phase_ps, int bit_gate,
                         int tx_gate, const int* pins) {
    Gate& opens = lan->gates[static_cast<size_t>(tx_gate)];
    lan->transmit_crystals.push_back(std::make_unique<TransmitCrystal>(
        lan->simulation, &lan->clocks[static_cast<size_t>(bit_clk)], &lan->clocks[static_cast<size_t>(tx_clk)],
        Grid(half_bit_fs, phase_ps, BIT_CLOCK), &lan->gates[static_cast<size_t>(bit_gate)], &opens,
        lan->pins<TransmitCrystal::Encoder>(pins)));
    lan->watch(opens, lan->transmit_crystals.back().get());
    return static_cast<int>(lan->transmit_crystals.size()) - 1;
}

void lan_divider(Lan* lan, int clock, int transmit_crystal, int nibbles, int lead, int residue, int gate) {
    Gate& opens = lan->gates[static_cast<size_t>(gate)];
    lan->dividers.push_back(std::make_unique<Divider>(
        lan->simulation, &lan->clocks[static_cast<size_t>(clock)],
        lan->transmit_crystals[static_cast<size_t>(transmit_crystal)].get(), nibbles, lead, residue, &opens));
    lan->watch(opens, lan->dividers.back().get());
}

void lan_clock_recovery(Lan* lan, const int* pins, int bit_clk, int rx_clk, int running) {
    lan->recoveries.push_back(std::make_unique<ClockRecovery>(
        lan->simulation, lan->pins<ClockRecovery::Pins>(pins), &lan->clocks[static_cast<size_t>(bit_clk)],
        &lan->clocks[static_cast<size_t>(rx_clk)], running != 0));
}

void lan_carrier_sense(Lan* lan, const int* pins, int on_ns, int off_ns) {
    lan->carriers.push_back(
        std::make_unique<CarrierSense>(lan->simulation, lan->pins<CarrierSense::Pins>(pins), on_ns, off_ns));
}

void lan_memory(Lan* lan, uint8_t* octets, int64_t count, const int* pins) {
    lan->memories.push_back(std::make_unique<HostMemory>(lan->simulation, lan->pins<HostMemory::Pins>(pins), octets,
                                                         static_cast<size_t>(count)));
}

void lan_bus(Lan* lan, const int* pins) {
    lan->buses.push_back(std::make_unique<Bus>(lan->simulation, lan->pins<Bus::Pins>(pins),
                                               static_cast<int32_t>(lan->buses.size()), lan->bells));
}

void lan_tap(Lan* lan, const int* pins, int level_net, int mean_net) {
    lan->taps.push_back({lan->pins<Coax::Pins>(pins), level_net, mean_net});
}

void lan_transceiver(Lan* lan, const int* pins, int transmit_loss, int receive_loss, int invalid_bit, int jitter_ns,
                     uint64_t seed, uint64_t line) {
    constexpr int SIDE = sizeof(Transceiver::Pins) / sizeof(Wire*);
    Transceiver::Tolerances tolerances{transmit_loss, receive_loss, invalid_bit != 0, jitter_ns};
    lan->transceivers.push_back(std::make_unique<Transceiver>(
        lan->simulation, lan->pins<Transceiver::Pins>(pins), lan->pins<Transceiver::Pins>(pins + SIDE), tolerances,
        seed, line));
}

void lan_defects(Lan* lan, const int* pins, uint64_t seed, uint64_t line) {
    constexpr int SIDE = sizeof(Defects::Pins) / sizeof(Wire*);
    lan->defects.push_back(std::make_unique<Defects>(lan->simulation, lan->pins<Defects::Pins>(pins),
                                                     lan->pins<Defects::Pins>(pins + SIDE),
                                                     lan->pins<Defects::Controls>(pins + 2 * SIDE), seed, line));
}

int lan_coax(Lan* lan) {
    lan->coaxes.push_back(std::make_unique<Coax>(lan->simulation, std::move(lan->taps)));
    lan->taps.clear();
    return static_cast<int>(lan->coaxes.size()) - 1;
}

void lan_reroute(Lan* lan, int coax, int senders, const int64_t* sender, const int64_t* delay, const int64_t* tap,
                 const int64_t* mean_mv, const int64_t* swing_mv, int64_t count) {
    std::vector<Coax::Paths> paths(static_cast<size_t>(senders));
    for (int64_t n = 0; n < count; ++n)
        paths[static_cast<size_t>(sender[n])].push_back({delay[n], static_cast<size_t>(tap[n]), mean_mv[n], swing_mv[n]});
    lan->coaxes[static_cast<size_t>(coax)]->reroute(paths);
}

void lan_drive(Lan* lan, int wire, uint64_t value) { lan->simulation.assign(lan->wire(wire), value); }

void lan_generator(Lan* lan, const int* pins) {
    lan->generators.push_back(
        std::make_unique<SignalGenerator>(lan->simulation, lan->pins<generator::Pins>(pins)));
}

void lan_play(Lan* lan, int generator, int triggered, int64_t start, const int64_t* ps, const int64_t* level,
              int64_t count) {
    std::vector<SignalGenerator::Move> moves;
    for (int64_t n = 0; n < count; ++n) moves.push_back({ps[n], level[n]});
    lan->generators[static_cast<size_t>(generator)]->play(std::move(moves), triggered != 0, start);
}

void lan_plug(Lan* lan, int pair, int plugged) { lan->pairs[static_cast<size_t>(pair)]->plug(plugged != 0); }

void lan_pair(Lan* lan, int64_t delay, int64_t drive_mv, int heard, const int* one, int one_reversed, int one_net,
              const int* other, int other_reversed, int other_net) {
    Pair::End here{lan->pins<Pair::Pins>(one), one_reversed != 0, one_net, drive_mv};
    Pair::End there{lan->pins<Pair::Pins>(other), other_reversed != 0, other_net, drive_mv};
    lan->pairs.push_back(std::make_unique<Pair>(lan->simulation, delay, here, there, heard != 0));
}

void lan_twisted_pair(Lan* lan, const int* pins, int pulses, uint64_t seed, uint64_t line) {
    lan->twisted_pairs.push_back(
        std::make_unique<TwistedPairPath>(lan->simulation, lan->pins<TwistedPairPath::Pins>(pins)));
    if (pulses) lan->twisted_pairs.back()->send_pulses(seed, line);
}

void lan_hub_port(Lan* lan, const int* pins) { lan->ports.push_back(lan->pins<Backplane::Port>(pins)); }

void lan_backplane(Lan* lan, const int* pins) {
    lan->backplanes.push_back(
        std::make_unique<Backplane>(lan->simulation, lan->pins<Backplane::Core>(pins), std::move(lan->ports)));
    lan->ports.clear();
}

void lan_switch_port(Lan* lan, const int* pins) { lan->switch_ports.push_back(lan->pins<Fabric::Port>(pins)); }

void lan_fabric(Lan* lan, const int* pins, int index_bits, int place_bits) {
    lan->fabrics.push_back(std::make_unique<Fabric>(lan->simulation, lan->pins<Fabric::Core>(pins),
                                                    std::move(lan->switch_ports), index_bits, place_bits));
    lan->switch_ports.clear();
}

uint64_t lan_value(Lan* lan, int wire) { return lan->wire(wire)->value; }

void lan_begin(Lan* lan, const int64_t* initial, int64_t count) {
    lan->settled.assign(initial, initial + count);
    lan->simulation.settle();
    // What stands at a pin from the beginning never changes to that.
    for (const auto& pair : lan->pairs) pair->power_up();
    for (const auto& crystal : lan->crystals) crystal->changed();
}

int64_t lan_now(Lan* lan) { return lan->simulation.now; }

int64_t lan_advance(Lan* lan, int64_t limit, const Bell** bells) {
    lan->bells.clear();
    lan->simulation.settle();
    bool more = true;
    for (int64_t steps = 0; lan->bells.empty() && steps < kStepsAtOnce; ++steps) {
        more = lan->simulation.step(limit);
        if (!more) break;
    }
    if (lan->bells.empty() && !more && lan->simulation.now < limit) lan->simulation.now = limit;
    std::stable_sort(lan->bells.begin(), lan->bells.end(), [](const Bell& a, const Bell& b) {
        return a.adapter != b.adapter ? a.adapter < b.adapter : a.kind < b.kind;
    });
    *bells = lan->bells.data();
    return static_cast<int64_t>(lan->bells.size());
}

void lan_submit(Lan* lan, int adapter, int64_t word_address, int write, int64_t value) {
    lan->buses[static_cast<size_t>(adapter)]->submit(static_cast<uint64_t>(word_address), write != 0,
                                                     static_cast<uint64_t>(value));
}

int64_t lan_settled_changes(Lan* lan) {
    std::vector<Change>& log = lan->simulation.log;
    size_t kept = 0;
    for (size_t begin = 0, end; begin < log.size(); begin = end) {
        for (end = begin + 1; end < log.size() && log[end].ps == log[begin].ps; ++end) {
            for (size_t n = end; n > begin && log[n].net < log[n - 1].net; --n) std::swap(log[n], log[n - 1]);
        }
        for (size_t n = begin; n < end; ++n) {
            const Change change = log[n];
            if (n + 1 < end && log[n + 1].net == change.net) continue;
            int64_t& last = lan->settled[static_cast<size_t>(change.net)];
            if (last == change.value) continue;
            last = change.value;
            log[kept++] = change;
        }
    }
    log.resize(kept);
    for (const auto& pair : lan->pairs)
        pair->tell([lan, &log](const Change& change) {
            int64_t& last = lan->settled[static_cast<size_t>(change.net)];
            if (last == change.value) return;
            last = change.value;
            log.push_back(change);
        });
    return static_cast<int64_t>(log.size());
}

void lan_take_changes(Lan* lan, void* ps_column, void* net_column, void* value_column) {
    auto *ps = static_cast<int64_t*>(ps_column), *net = static_cast<int64_t*>(net_column);
    auto* value = static_cast<int64_t*>(value_column);
    std::vector<Change>& log = lan->simulation.log;
    std::vector<size_t> place(lan->settled.size() + 1);
    for (const Change& change : log) ++place[static_cast<size_t>(change.net) + 1];
    for (size_t n = 1; n < place.size(); ++n) place[n] += place[n - 1];
    for (const Change& change : log) {
        const size_t row = place[static_cast<size_t>(change.net)]++;
        ps[row] = change.ps;
        net[row] = change.net;
        value[row] = change.value;
    }
    log.clear();
}
