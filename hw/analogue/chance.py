"""Randomness of the analogue parts: a function of a seed and a place, the same in every engine.

Python's `random` never touches hardware. splitmix64 (Steele, Lea and Flood, 2014) turns a counter into
well-mixed bits; seed, line and number are mixed in one after the other.
"""

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


def _mix(z: int) -> int:
    z = (z + _GAMMA) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def chance(seed: int, line: int, number: int) -> int:
    """64 random bits for draw `number` on `line` in a run with `seed`."""
    return _mix(_mix(_mix(seed & _MASK) ^ line) ^ number)
