"""Values that several tables have: times, crystals, flags, addresses."""

import re
from datetime import datetime
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from sim.scenario.quantities import length_mm, time_ns
from sim.scenario.rules import MAX_PPM
from sim.scenario.table import Table

_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")


def time(table: Table, key: str) -> int:
    """A time in ns, which must be there."""
    return table.parsed(key, 'a time such as "1 ms"', time_ns)


def time_or(table: Table, key: str, default: int) -> int:
    """A time in ns, `default` if the key is absent."""
    return time(table, key) if key in table else default


def time_or_0(table: Table, key: str) -> int:
    """A time in ns, 0 if the key is absent."""
    return time_or(table, key, 0)


def time_or_none(table: Table, key: str) -> int | None:
    """A time in ns, None if the key is absent."""
    return time(table, key) if key in table else None


def length(table: Table, key: str, example: str) -> int:
    """A length in mm."""
    return table.parsed(key, f'a length such as "{example}"', length_mm)


def ppm(table: Table) -> float:
    """The error of a crystal, 0 if not given."""
    if "crystal_ppm" not in table:
        return 0.0
    return float(table.number("crystal_ppm", "the crystal's error in parts per million", -MAX_PPM, MAX_PPM))


def flag(table: Table, key: str, meaning: str, *, default: bool = False) -> bool:
    """True or false, `default` if the key is absent."""
    return table.boolean(key, meaning) if key in table else default


def bit_errors(table: Table) -> float | None:
    """The probability of a received bit to be wrong, None if the key is absent."""
    if "bit_errors" not in table:
        return None
    return float(table.number("bit_errors", "the probability of a received bit to be wrong", 0, 1))


def burst(table: Table, key: str, most: int) -> int:
    """How many bits in succession are wrong, 1 if the key is absent."""
    return table.integer(key, "how many bits in succession are wrong", 1, most) if key in table else 1


def mac(table: Table, key: str) -> bytes:
    """Six octets."""
    return table.parsed(key, 'a station address such as "02:00:00:00:00:01"', _mac)


def interface(table: Table, key: str) -> IPv4Interface:
    """An address with its prefix."""
    return table.parsed(key, 'an address with its prefix, such as "192.168.1.10/24"', _interface)


def address(table: Table, key: str) -> IPv4Address:
    """An address."""
    return table.parsed(key, 'an address such as "192.168.1.1"', _address)


def addresses(table: Table, key: str) -> tuple[IPv4Address, ...]:
    """An address, or several in an array; none if the key is absent."""
    texts = table.one_or_more(key, 'an address such as "192.168.1.1", or an array of them')
    try:
        return tuple(_address(text) for text in texts)
    except ValueError as error:
        raise table.error(key, str(error)) from None


def moment(table: Table, key: str) -> int:
    """A date and time, in nanoseconds since 1970-01-01 00:00:00 UTC."""
    return table.parsed(key, 'a date and time such as "2026-01-01T00:00:00Z"', _moment)


def _moment(text: str) -> int:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None or read.microsecond:
        raise ValueError(
            f'"{text}" is not a date and time in whole seconds with its zone, such as "2026-01-01T00:00:00Z"'
        )
    return int(read.timestamp()) * 1_000_000_000


def network(table: Table, key: str) -> IPv4Network:
    """The address of a network, with its prefix."""
    return table.parsed(key, 'a network such as "10.0.0.0/8"', _network)


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError:
        raise ValueError(
            f'"{text}" is not a network, its address with a prefix, such as "10.0.0.0/8"'
        ) from None


def _interface(text: str) -> IPv4Interface:
    if "/" not in text:
        raise ValueError(f'"{text}" has no prefix; write it as "{text}/24"')
    try:
        return IPv4Interface(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an address with a prefix, such as "192.168.1.10/24"') from None


def _address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an IPv4 address such as "192.168.1.1"') from None


def _mac(text: str) -> bytes:
    if not _MAC.fullmatch(text):
        raise ValueError(f'"{text}" is not six octets such as "02:00:00:00:00:01"')
    return bytes.fromhex(text.replace(":", "").replace("-", ""))
