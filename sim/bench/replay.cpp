// Replays recorded inputs into verilated circuits and prints what it took: `replay PLAN`.
//
// PLAN is text. A line `LIBRARY TICKS INPUTS OUTPUTS PLACE...` is followed by TICKS lines of INPUTS hexadecimal
// numbers, the pins at one rising edge; PLACE are the port numbers of inputs and outputs. What is printed: processor time of
// all ticks in ns, then for each circuit the sum of its output pins over all ticks modulo 2**64, which shows
// that the ticks did what they do elsewhere (`checked`, in a second pass that is not measured).
#include <dlfcn.h>

#include <cstdint>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

namespace {

struct Circuit {
    using Create = void* (*)();
    using Tick = void (*)(void*);
    using Port = void* (*)(void*, int);
    using Bytes = int (*)(int);
    Create create;
    Tick tick;
    Port port;
    Bytes bytes;
    std::vector<int> places, outputs;
    std::vector<uint64_t> samples;
    size_t ticks;
};

template <class T> T symbol(void* library, const char* name) {
    void* found = dlsym(library, name);
    if (!found) {
        std::cerr << dlerror() << "\n";
        std::exit(1);
    }
    return reinterpret_cast<T>(found);
}

uint64_t read(const void* pin, int bytes) {
    uint64_t value = 0;
    std::memcpy(&value, pin, static_cast<size_t>(bytes));  // little-endian, like all machines it runs on
    return value;
}

template <bool checked> uint64_t replay(const Circuit& circuit) {
    void* instance = circuit.create();
    struct Pin {
        void* at;
        int bytes;
    };
    std::vector<Pin> inputs, outputs;
    for (int place : circuit.places) inputs.push_back({circuit.port(instance, place), circuit.bytes(place)});
    for (int place : circuit.outputs) outputs.push_back({circuit.port(instance, place), circuit.bytes(place)});
    const uint64_t* sample = circuit.samples.data();
    uint64_t sum = 0;
    for (size_t tick = 0; tick < circuit.ticks; ++tick) {
        for (const Pin& pin : inputs) std::memcpy(pin.at, sample++, static_cast<size_t>(pin.bytes));
        circuit.tick(instance);
        if constexpr (checked) {
            for (const Pin& pin : outputs) sum += read(pin.at, pin.bytes);
        }
    }
    return sum;
}

}  // namespace

int main(int, char** words) {
    std::ifstream plan(words[1]);
    std::vector<Circuit> circuits;
    std::string path;
    size_t ticks, inputs, outputs;
    while (plan >> path >> ticks >> inputs >> outputs) {
        void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            std::cerr << dlerror() << "\n";
            return 1;
        }
        Circuit circuit{symbol<Circuit::Create>(library, "thicknet_create"),
                        symbol<Circuit::Tick>(library, "thicknet_tick"),
                        symbol<Circuit::Port>(library, "thicknet_port"),
                        symbol<Circuit::Bytes>(library, "thicknet_port_bytes"),
                        std::vector<int>(inputs),
                        std::vector<int>(outputs),
                        std::vector<uint64_t>(ticks * inputs),
                        ticks};
        for (int& place : circuit.places) plan >> place;
        for (int& place : circuit.outputs) plan >> place;
        plan >> std::hex;
        for (uint64_t& sample : circuit.samples) plan >> sample;
        plan >> std::dec;
        circuits.push_back(circuit);
    }
    timespec begun, ended;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
    for (const Circuit& circuit : circuits) replay<false>(circuit);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    std::cout << (ended.tv_sec - begun.tv_sec) * 1000000000LL + ended.tv_nsec - begun.tv_nsec << "\n";
    for (const Circuit& circuit : circuits) std::cout << replay<true>(circuit) << "\n";
}
