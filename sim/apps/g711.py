"""Speech as telephones have it: 8,000 samples a second, each an octet of G.711's μ-law, and pauses."""

import math

CLOCK_HZ = 8_000
SAMPLES = 160
"""Of one packet: 20 ms (RFC 3551 section 4.2)."""
PACKET_S = SAMPLES / CLOCK_HZ
PAYLOAD_TYPE = 0
"""PCMU (RFC 3551 table 4)."""
TALK, PAUSE = 50, 25
"""How many packets somebody speaks, and is silent."""
_BIAS, _CLIP = 0x84, 32_635
_TONE_HZ = 400
_LOUD = 12_000


def mu_law(sample: int) -> int:
    """An octet for a sample of 16 bits: sign, exponent and mantissa, all inverted (ITU-T G.711)."""
    magnitude = min(abs(sample), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = magnitude >> (exponent + 3) & 0x0F
    return ~((0x80 if sample < 0 else 0) | exponent << 4 | mantissa) & 0xFF


_TONE = bytes(mu_law(round(_LOUD * math.sin(2 * math.pi * _TONE_HZ * n / CLOCK_HZ))) for n in range(SAMPLES))
"""20 ms are a whole number of its periods, so packets join without a click."""


def speech(packet: int) -> bytes | None:
    """What is said in packet `packet` of a call; None while nothing is."""
    return _TONE if packet % (TALK + PAUSE) < TALK else None


def after_silence(packet: int) -> bool:
    """Whether it is the first one after a pause."""
    return packet % (TALK + PAUSE) == 0
