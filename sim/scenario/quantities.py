"""Quantities as people write them, `"2.5 m"` or `"10 us"`, into whole millimetres, nanoseconds and such.

Arithmetic is exact: a decimal number times a power of ten is a whole number of the smallest unit
or an error, never a rounded one.
"""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?) ?([a-zA-Zµ]*(?:/s)?)", re.ASCII)
_LENGTHS = {"km": 1_000_000, "m": 1_000, "cm": 10, "mm": 1}
_LOSSES = {"dB": 1_000}
_RATES = {"Gb/s": 1_000_000_000, "Mb/s": 1_000_000, "kb/s": 1_000, "b/s": 1}
_TIMES = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "µs": 1_000, "ns": 1}


def length_mm(text: str) -> int:
    """Read a length such as `"500 m"`: whole millimetres. ValueError is a sentence for the reader."""
    return _whole(text, _LENGTHS, 'a length such as "500 m"', "mm")


def time_ns(text: str) -> int:
    """Read a time such as `"1 ms"`: whole nanoseconds. ValueError is a sentence for the reader."""
    return _whole(text, _TIMES, 'a time such as "1 ms"', "ns")


def loss_mdb(text: str) -> int:
    """Read an attenuation such as `"9.8 dB"`: thousandths of a decibel. ValueError is a sentence."""
    return _whole(text, _LOSSES, 'an attenuation such as "9.8 dB"', "thousandth of a dB")


def rate_bps(text: str) -> int:
    """Read a rate such as `"10 Mb/s"`: whole bits per second. ValueError is a sentence for the reader."""
    return _whole(text, _RATES, 'a rate such as "10 Mb/s"', "b/s")


def _whole(text: str, units: dict[str, int], example: str, smallest: str) -> int:
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is not {example}')
    number, unit = match.groups()
    known = ", ".join(units)
    if not unit:
        raise ValueError(f'"{text}" has no unit; write {example} (units: {known})')
    if unit not in units:
        raise ValueError(f'"{unit}" is not a unit here; write {example} (units: {known})')
    value = Decimal(number) * units[unit]
    if value != int(value):
        raise ValueError(f'"{text}" is finer than 1 {smallest}, the smallest step; round it')
    return int(value)
