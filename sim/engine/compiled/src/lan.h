/* The event kernel's C interface: read by kernel.cpp, and by sim/engine/compiled/binding.py, which makes Python's
   declarations of it. One function a line or more, ended by a semicolon; only the types that binding.py knows.

   Wires, clocks, gates, modules and nets are numbers, -1 for none. `pins` are the wires of a part in the order in
   which its Python module names them; twins.hpp, which is generated, gives them the same names in C++. */
#pragma once
#include <stdint.h>

typedef struct Lan Lan;
#pragma GCC visibility push(default)
extern "C" {

struct Bell {
    int32_t adapter;
    int32_t kind; /* BellKind in sim/engine/interface.py */
    int64_t value;
};

Lan* lan_create();
void lan_destroy(Lan* lan);
const char* lan_error(Lan* lan);

/* The first of `count` wires, which are numbered one after the other, with their values after power-up. */
int lan_wires(Lan* lan, int count, const int64_t* initial);
int lan_clock(Lan* lan);
/* Open while a level is high or the two ends of a pair differ. Levels are pairs of wire and bit, pairs are two of these. */
int lan_gate(Lan* lan, int levels, const int* level, int pairs, const int* pair);
/* A circuit from the library at `path`; -1 with lan_error when that cannot be loaded. `ports` has a letter for each of
   its ports: i and o have the next of `wires`, c is the clock's. */
int lan_module(Lan* lan, const char* path, int clock, const char* ports, const int* wires);
/* Combinational outputs of straps and starting values, before time begins. */
void lan_settle(Lan* lan, int module);

/* Parts of a unit. */
void lan_crystal(Lan* lan, int clock, int64_t period_fs, int64_t phase_ps, int residue, int gate, int divisor);
int lan_transmit_crystal(Lan* lan, int bit_clk, int tx_clk, int64_t half_bit_fs, int64_t phase_ps, int bit_gate,
                         int tx_gate, const int* pins);
void lan_divider(Lan* lan, int clock, int transmit_crystal, int nibbles, int lead, int residue, int gate);
void lan_clock_recovery(Lan* lan, const int* pins, int bit_clk, int rx_clk, int running);
void lan_carrier_sense(Lan* lan, const int* pins, int on_ns, int off_ns);
/* Of `count` octets that are the caller's, and stay where they are until lan_destroy. */
void lan_memory(Lan* lan, uint8_t* octets, int64_t count, const int* pins);
/* Adapters are numbered in the order of these calls. */
void lan_bus(Lan* lan, const int* pins);
void lan_transceiver(Lan* lan, const int* pins, int transmit_loss, int receive_loss, int invalid_bit, int jitter_ns,
                     uint64_t seed, uint64_t line);
/* `pins`: four of the AUI, four of the path, four that control it. */
void lan_defects(Lan* lan, const int* pins, uint64_t seed, uint64_t line);
void lan_twisted_pair(Lan* lan, const int* pins, int pulses, uint64_t seed, uint64_t line);
/* Signal generators are numbered in the order of these calls. */
void lan_generator(Lan* lan, const int* pins);

/* What joins units: first their ports or taps, then what they are joined to. */
void lan_hub_port(Lan* lan, const int* pins);
void lan_backplane(Lan* lan, const int* pins);
void lan_switch_port(Lan* lan, const int* pins);
void lan_fabric(Lan* lan, const int* pins, int index_bits, int place_bits);
void lan_tap(Lan* lan, const int* pins, int level_net, int mean_net);
/* A coax has no paths before the first lan_reroute. */
int lan_coax(Lan* lan);
/* Five columns of `count`: whose path it is, its delay, to which tap, and what arrives there of mean and swing. */
void lan_reroute(Lan* lan, int coax, int senders, const int64_t* sender, const int64_t* delay, const int64_t* tap,
                 const int64_t* mean_mv, const int64_t* swing_mv, int64_t count);
/* Cables of two pairs are numbered in the order of these calls. Of each end its pins, whether its wires are swapped, and
   the net of what it drives. */
void lan_pair(Lan* lan, int64_t delay, int64_t drive_mv, int heard, const int* one, int one_reversed, int one_net,
              const int* other, int other_reversed, int other_net);

/* What is recorded: a wire, or a register inside a module. */
void lan_record(Lan* lan, int wire, int net);
void lan_probe(Lan* lan, int module, int probe, int net);

/* Time begins; `initial` has the starting values of all `count` nets. */
void lan_begin(Lan* lan, const int64_t* initial, int64_t count);
int64_t lan_now(Lan* lan);
/* To the first instant with bells that is not after `limit`, else to `limit`, or as far as it comes in some tenths of
   a second. The number of bells, and where they are. */
int64_t lan_advance(Lan* lan, int64_t limit, const Bell** bells);
void lan_submit(Lan* lan, int adapter, int64_t word_address, int write, int64_t value);
uint64_t lan_value(Lan* lan, int wire);
void lan_drive(Lan* lan, int wire, uint64_t value);
void lan_plug(Lan* lan, int pair, int plugged);
/* From `start` on, or when carrier appears: a column of times and one of levels. */
void lan_play(Lan* lan, int generator, int triggered, int64_t start, const int64_t* ps, const int64_t* level,
              int64_t count);
/* Settle what was recorded since the last lan_take_changes: at most one change per net and instant, and none to the
   value that the net has. Their number. */
int64_t lan_settled_changes(Lan* lan);
/* Those changes as three columns of that length: net by net, and each net's in the order of time. */
void lan_take_changes(Lan* lan, void* ps, void* net, void* value);

}  /* extern "C" */
#pragma GCC visibility pop
