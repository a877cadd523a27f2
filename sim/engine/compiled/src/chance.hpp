// Randomness of the analogue parts: the twin of hw/analogue/chance.py.
#pragma once
#include <cstdint>

namespace thicknet {

inline uint64_t mix(uint64_t z) {
    z += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}
inline uint64_t chance(uint64_t seed, uint64_t line, uint64_t number) { return mix(mix(mix(seed) ^ line) ^ number); }

}  // namespace thicknet
