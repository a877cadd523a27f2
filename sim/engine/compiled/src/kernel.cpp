// The event kernel of the compiled engine, as a C interface for ctypes (sim/engine/compiled/binding.py).
//
// A LAN is built once by numbers: wires, module instances from their libraries, clocks, gates, crystals, analogue
// parts. Then it is advanced from bell to bell. Nothing here knows what an adapter is: that is written once, in
// hw/adapter/wiring.py, for both engines.
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
#include "transceiver.hpp"
#include "twisted_pair.hpp"
#include "wires.hpp"

using namespace thicknet;

namespace {

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
        for (size_t n = 0; n < count; ++n) wires[n] = wire(numbers[n]);
        Pins made;
        std::memcpy(&made, wires, sizeof made);
        return made;
    }
    void crystal(int clock, Grid grid, int gate, const Wire* divisor) {
        Gate& opens = gates[static_cast<size_t>(gate)];
        crystals.push_back(
            std::make_unique<Crystal>(simulation, &clocks[static_cast<size_t>(clock)], grid, &opens, divisor));
        watch(opens, crystals.back().get());
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

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

Lan* lan_create() { return new Lan; }
void lan_destroy(Lan* lan) { delete lan; }
const char* lan_error(Lan* lan) { return lan->error.c_str(); }

int lan_wire(Lan* lan, uint64_t initial) {
    lan->wires.emplace_back();
    lan->wires.back().value = lan->wires.back().next = initial;
    return static_cast<int>(lan->wires.size()) - 1;
}

// A module instance from the library at `path`; -1 with lan_error when that cannot be loaded. `ports` has a letter
// for each of its ports: i and o have the next of `wires`, c is the clock's.
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

// Combinational outputs of straps and starting values, before time begins.
void lan_settle(Lan* lan, int module) {
    Instance& instance = lan->instances[static_cast<size_t>(module)];
    instance.library->settle(instance.module.instance);
    instance.module.each_changed([lan](Wire* wire, uint64_t value) { lan->simulation.assign(wire, value); });
}

int lan_clock(Lan* lan) {
    lan->clocks.emplace_back();
    return static_cast<int>(lan->clocks.size()) - 1;
}

int lan_gate(Lan* lan) {
    lan->gates.emplace_back();
    return static_cast<int>(lan->gates.size()) - 1;
}
void lan_gate_level(Lan* lan, int gate, int wire, int bit) {
    lan->gates[static_cast<size_t>(gate)].levels.push_back({lan->wire(wire), bit});
}
void lan_gate_pair(Lan* lan, int gate, int one, int one_bit, int other, int other_bit) {
    lan->gates[static_cast<size_t>(gate)].pairs.push_back(
        {Gate::Bit{lan->wire(one), one_bit}, Gate::Bit{lan->wire(other), other_bit}});
}

void lan_crystal(Lan* lan, int clock, int64_t period_fs, int64_t phase_ps, int residue, int gate) {
    lan->crystal(clock, Grid(period_fs, phase_ps, residue), gate, nullptr);
}
void lan_divided_crystal(Lan* lan, int clock, int64_t period_fs, int64_t phase_ps, int residue, int gate, int divisor) {
    lan->crystal(clock, Grid(period_fs, phase_ps, residue), gate, lan->wire(divisor));
}

int lan_transmit_crystal(Lan* lan, int bit_clk, int tx_clk, int64_t period_fs, int64_t phase_ps, int bit_gate,
                         int tx_gate, int tx_en, int aui_do_active, int aui_do, int loopback, int phy_loopback,
                         int phy_isolate) {
    Gate& opens = lan->gates[static_cast<size_t>(tx_gate)];
    lan->transmit_crystals.push_back(std::make_unique<TransmitCrystal>(
        lan->simulation, &lan->clocks[static_cast<size_t>(bit_clk)], &lan->clocks[static_cast<size_t>(tx_clk)],
        Grid(period_fs, phase_ps, BIT_CLOCK), &lan->gates[static_cast<size_t>(bit_gate)], &opens,
        TransmitCrystal::Encoder{lan->wire(tx_en), lan->wire(aui_do_active), lan->wire(aui_do), lan->wire(loopback),
                                 lan->wire(phy_loopback), lan->wire(phy_isolate)}));
    lan->watch(opens, lan->transmit_crystals.back().get());
    return static_cast<int>(lan->transmit_crystals.size()) - 1;
}

void lan_divider(Lan* lan, int clock, int transmit_crystal, int interval, int lead, int residue, int gate) {
    Gate& opens = lan->gates[static_cast<size_t>(gate)];
    lan->dividers.push_back(std::make_unique<Divider>(
        lan->simulation, &lan->clocks[static_cast<size_t>(clock)],
        lan->transmit_crystals[static_cast<size_t>(transmit_crystal)].get(), interval, lead, residue, &opens));
    lan->watch(opens, lan->dividers.back().get());
}

void lan_clock_recovery(Lan* lan, int aui_di, int aui_di_active, int aui_do, int aui_do_active, int looped,
                        int full_duplex, int loopback, int phy_loopback, int phy_isolate, int rx_skip, int rx_dv,
                        int rx_busy, int rx_bit, int rx_valid, int rx_violation, int bit_clk, int rx_clk) {
    ClockRecovery::Pins pins{lan->wire(aui_di),      lan->wire(aui_di_active), lan->wire(aui_do),
                             lan->wire(aui_do_active), lan->wire(looped),      lan->wire(full_duplex),
                             lan->wire(loopback),    lan->wire(phy_loopback),  lan->wire(phy_isolate),
                             lan->wire(rx_skip),     lan->wire(rx_dv),         lan->wire(rx_busy),
                             lan->wire(rx_bit),      lan->wire(rx_valid),      lan->wire(rx_violation)};
    lan->recoveries.push_back(std::make_unique<ClockRecovery>(
        lan->simulation, pins, &lan->clocks[static_cast<size_t>(bit_clk)], &lan->clocks[static_cast<size_t>(rx_clk)]));
}

void lan_carrier_sense(Lan* lan, int aui_di_active, int aui_ci, int tx_en, int looped, int loopback, int phy_loopback,
                       int phy_isolate, int phy_collision_test, int crs, int col, int on_ns, int off_ns) {
    CarrierSense::Pins pins{lan->wire(aui_di_active), lan->wire(aui_ci),       lan->wire(tx_en),
                            lan->wire(looped),        lan->wire(loopback),     lan->wire(phy_loopback),
                            lan->wire(phy_isolate),   lan->wire(phy_collision_test),
                            lan->wire(crs),           lan->wire(col)};
    lan->carriers.push_back(std::make_unique<CarrierSense>(lan->simulation, pins, on_ns, off_ns));
}

uint8_t* lan_memory(Lan* lan, int64_t octets, int m_adr, int m_dat_w, int m_sel, int m_we, int m_stb, int m_dat_r,
                    int m_ack, int m_err) {
    HostMemory::Pins pins{lan->wire(m_adr), lan->wire(m_dat_w), lan->wire(m_sel), lan->wire(m_we),
                          lan->wire(m_stb), lan->wire(m_dat_r), lan->wire(m_ack), lan->wire(m_err)};
    lan->memories.push_back(std::make_unique<HostMemory>(lan->simulation, pins, static_cast<size_t>(octets)));
    return lan->memories.back()->octets.data();
}

// Adapters are numbered in the order of these calls.
void lan_bus(Lan* lan, int s_adr, int s_dat_w, int s_we, int s_stb, int s_ack, int s_err, int s_dat_r,
             int irq) {
    Bus::Pins pins{lan->wire(s_adr), lan->wire(s_dat_w), lan->wire(s_we),    lan->wire(s_stb),
                   lan->wire(s_ack), lan->wire(s_err),   lan->wire(s_dat_r), lan->wire(irq)};
    lan->buses.push_back(
        std::make_unique<Bus>(lan->simulation, pins, static_cast<int32_t>(lan->buses.size()), lan->bells));
}

void lan_tap(Lan* lan, int aui_do, int aui_do_active, int aui_di, int aui_di_active, int collision, int jabber,
             int level_net, int mean_net) {
    lan->taps.push_back({lan->wire(aui_do), lan->wire(aui_do_active), lan->wire(aui_di), lan->wire(aui_di_active),
                         lan->wire(collision), lan->wire(jabber), level_net, mean_net});
}

// Between the AUI of a MAU and the wires that its tap is to have.
void lan_transceiver(Lan* lan, int aui_do, int aui_do_active, int aui_di, int aui_di_active, int path_do,
                     int path_do_active, int path_di, int path_di_active, int transmit_loss, int receive_loss,
                     int invalid_bit, int jitter_ns, uint64_t seed, uint64_t line) {
    Transceiver::Pins aui{lan->wire(aui_do), lan->wire(aui_do_active), lan->wire(aui_di), lan->wire(aui_di_active)};
    Transceiver::Pins path{lan->wire(path_do), lan->wire(path_do_active), lan->wire(path_di),
                           lan->wire(path_di_active)};
    Transceiver::Tolerances tolerances{transmit_loss, receive_loss, invalid_bit != 0, jitter_ns};
    lan->transceivers.push_back(
        std::make_unique<Transceiver>(lan->simulation, aui, path, tolerances, seed, line));
}

// The taps so far are those of a coax, which has no paths before the first `lan_reroute`.
int lan_coax(Lan* lan) {
    lan->coaxes.push_back(std::make_unique<Coax>(lan->simulation, std::move(lan->taps)));
    lan->taps.clear();
    return static_cast<int>(lan->coaxes.size()) - 1;
}

// Five columns: whose path it is, its delay, to which tap, and what arrives there of mean and swing.
void lan_reroute(Lan* lan, int coax, int senders, const int64_t* sender, const int64_t* delay, const int64_t* tap,
                 const int64_t* mean_mv, const int64_t* swing_mv, int64_t count) {
    std::vector<Coax::Paths> paths(static_cast<size_t>(senders));
    for (int64_t n = 0; n < count; ++n)
        paths[static_cast<size_t>(sender[n])].push_back({delay[n], static_cast<size_t>(tap[n]), mean_mv[n], swing_mv[n]});
    lan->coaxes[static_cast<size_t>(coax)]->reroute(paths);
}

void lan_drive(Lan* lan, int wire, uint64_t value) { lan->simulation.assign(lan->wire(wire), value); }

// Signal generators are numbered in the order of these calls.
void lan_generator(Lan* lan, int aui_do, int aui_do_active, int aui_di_active) {
    lan->generators.push_back(std::make_unique<SignalGenerator>(lan->simulation, lan->wire(aui_do),
                                                                lan->wire(aui_do_active), lan->wire(aui_di_active)));
}

// From `start` on, or when carrier appears: a column of times and one of levels.
void lan_play(Lan* lan, int generator, int triggered, int64_t start, const int64_t* ps, const int64_t* level,
              int64_t count) {
    std::vector<SignalGenerator::Move> moves;
    for (int64_t n = 0; n < count; ++n) moves.push_back({ps[n], level[n]});
    lan->generators[static_cast<size_t>(generator)]->play(std::move(moves), triggered != 0, start);
}

void lan_plug(Lan* lan, int pair, int plugged) { lan->pairs[static_cast<size_t>(pair)]->plug(plugged != 0); }

// Cables of two pairs are numbered in the order of these calls. Of each end eight wires, as in Pair::Pins (-1: none),
// whether it is reversed, and the net of what it drives or -1.
void lan_pair(Lan* lan, int64_t delay, int64_t drive_mv, int heard, const int* one, const int* other) {
    auto pins = [lan, drive_mv](const int* w) {
        return Pair::Pins{lan->any(w[0]), lan->any(w[1]), lan->any(w[2]), lan->any(w[3]), lan->any(w[4]),
                          lan->any(w[5]), lan->any(w[6]), lan->any(w[7]), w[8] != 0,      w[9],
                          drive_mv};
    };
    lan->pairs.push_back(std::make_unique<Pair>(lan->simulation, delay, pins(one), pins(other), heard != 0));
}

// Wires as in TwistedPairPath::Pins. With `pulses`, link pulses are sent.
void lan_twisted_pair(Lan* lan, const int* w, int pulses, uint64_t seed, uint64_t line) {
    TwistedPairPath::Pins pins{lan->any(w[0]),  lan->any(w[1]),  lan->any(w[2]),  lan->any(w[3]),
                               lan->any(w[4]),  lan->any(w[5]),  lan->any(w[6]),  lan->any(w[7]),
                               lan->any(w[8]),  lan->any(w[9]),  lan->any(w[10]), lan->any(w[11]),
                               lan->any(w[12]), lan->any(w[13]), lan->any(w[14]), lan->any(w[15]),
                               lan->any(w[16]), lan->any(w[17])};
    lan->twisted_pairs.push_back(std::make_unique<TwistedPairPath>(lan->simulation, pins));
    if (pulses) lan->twisted_pairs.back()->send_pulses(seed, line);
}

void lan_hub_port(Lan* lan, int aui_do, int aui_do_active, int aui_di_active, int aui_ci, int link, int word,
                  int partitioned) {
    lan->ports.push_back({lan->wire(aui_do), lan->wire(aui_do_active), lan->wire(aui_di_active), lan->wire(aui_ci),
                          lan->wire(link), lan->wire(word), lan->wire(partitioned)});
}

void lan_backplane(Lan* lan, int carrier, int signal_quality, int linked, int any_carrier, int word, int selected,
                   int td, int drive, int hold) {
    Backplane::Core core{lan->wire(carrier), lan->wire(signal_quality), lan->wire(linked),
                         lan->wire(any_carrier), lan->wire(word), lan->wire(selected),
                         lan->wire(td), lan->wire(drive), lan->wire(hold)};
    lan->backplanes.push_back(std::make_unique<Backplane>(lan->simulation, core, std::move(lan->ports)));
    lan->ports.clear();
}

void lan_switch_port(Lan* lan, const int* wires) {
    lan->switch_ports.push_back(lan->pins<Fabric::Port>(wires));
}

// The ports so far are those of a switch.
void lan_fabric(Lan* lan, const int* wires, int index_bits, int place_bits) {
    lan->fabrics.push_back(std::make_unique<Fabric>(lan->simulation, lan->pins<Fabric::Core>(wires),
                                                    std::move(lan->switch_ports), index_bits, place_bits));
    lan->switch_ports.clear();
}

uint64_t lan_value(Lan* lan, int wire) { return lan->wire(wire)->value; }

// Time begins: `initial` has the starting values of all `count` nets.
void lan_begin(Lan* lan, const int64_t* initial, int64_t count) {
    lan->settled.assign(initial, initial + count);
    lan->simulation.settle();
    // What stands at a pin from the beginning never changes to that.
    for (const auto& pair : lan->pairs) pair->power_up();
    for (const auto& crystal : lan->crystals) crystal->changed();
}

int64_t lan_now(Lan* lan) { return lan->simulation.now; }

// To the first instant with bells that is not after `limit`, else to `limit`. The number of bells, and where they are.
int64_t lan_advance(Lan* lan, int64_t limit, const Bell** bells) {
    lan->bells.clear();
    lan->simulation.settle();
    while (lan->bells.empty() && lan->simulation.step(limit)) {
    }
    if (lan->bells.empty() && lan->simulation.now < limit) lan->simulation.now = limit;
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

// Settle what was recorded since the last `lan_take_changes`: at most one change per net and instant, and none to the
// value that the net has. Their number.
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

// Those changes as three columns of that length: net by net, and each net's in the order of time.
void lan_take_changes(Lan* lan, int64_t* ps, int64_t* net, int64_t* value) {
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

}  // extern "C"
#pragma GCC visibility pop
