"""What a broken rule is, and the rules that every table shares.

A rule that is broken is a `Fault`: the key that the value has in a scenario file, and a sentence. Whoever
checks a table adds where it stands (`within`), so that the loader can name the line, and `sim.scenario.check`
which host, cable or program of a scenario built in Python it is. The rules of one kind of table stand beside
its keys, in `sim/scenario/tables/`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

Judge = Callable[[str], bool]
"""Judge a command line: is the program a service by default? ValueError, a sentence, if it cannot run."""

Path = tuple[str | int, ...]
"""Leads to a value: `("coax", 0, "taps", 1, "at")`; numbers count the elements of arrays."""

MAX_SEED = 2**63 - 1
"""TOML's largest integer."""

MAX_EPOCH_NS = 7_258_118_400_000_000_000
"""2200-01-01; 64 bits of nanoseconds reach to 2262."""

MAX_PPM = 100
"""802.3 clause 7.3.2: ±0.01 %."""

MAX_DOMAIN = 253
"""Characters in a domain name (RFC 1035 section 2.3.4: 255 octets with the lengths of its labels)."""

MAX_LENGTH_MM = 10_000_000
"""Of a cable; no medium of 10 Mb/s goes so far."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
ADAPTER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,14}")
"""As Linux's, and never a number: ports of hubs have those."""


class ScenarioError(Exception):
    """A scenario that cannot be run; `str` is one line that names the place, the key and what to do."""


class Fault(ValueError):
    """The value at `path` is wrong; `str` is a sentence that begins after the key.

    `place` says in words what it belongs to, for a scenario that has no lines.
    """

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key
        self.path: Path = (key,)
        self.place = "scenario"


@contextmanager
def within(*path: str | int, place: str | None = None) -> Iterator[None]:
    """What is found wrong in here is at `path`, and belongs to `place`."""
    try:
        yield
    except Fault as fault:
        fault.path = (*path, *fault.path)
        if place is not None:
            fault.place = place
        raise


def domain(key: str, word: str) -> None:
    """A domain must be made of labels as host names are."""
    if len(word) > MAX_DOMAIN or not all(_NAME.fullmatch(label) for label in word.split(".")):
        raise Fault(key, f'"{word}" is not a domain such as "lan" or "example.com"')


def name(word: str, taken: Collection[str]) -> None:
    """A name must be good as a host name, a file name and a scope of the waveform."""
    if not _NAME.fullmatch(word):
        raise Fault("name", f'"{word}" must be 1 to 63 letters, digits and inner hyphens (RFC 1123)')
    if word.lower() in [other.lower() for other in taken]:
        raise Fault("name", f'"{word}" is already taken; hosts and cables need different names')


def exists(host: str, hosts: Collection[str], key: str = "host") -> None:
    """`host` must be one of `hosts`."""
    if host not in hosts:
        raise Fault(key, f'there is no host "{host}"; hosts: {", ".join(hosts)}')


def one_of(key: str, value: str, known: Sequence[str]) -> None:
    """`value` must be one of the `known` words."""
    if value not in known:
        words = " or ".join(f'"{word}"' for word in known)
        raise Fault(key, f'is "{value}" and must be {words}')


def not_negative(key: str, ns: int) -> None:
    """A time from the beginning, or a delay."""
    if ns < 0:
        raise Fault(key, "must not be negative")


def above_0(key: str, ns: int) -> None:
    """A time that must pass."""
    if ns <= 0:
        raise Fault(key, "must be above 0")


def from_to(key: str, value: float, least: int, most: int) -> None:
    """A number from `least` to `most`."""
    if not least <= value <= most:  # true of NaN, too
        raise Fault(key, f"is {value} and must be from {least} to {most}")


def cable_length(mm: int) -> None:
    """What is longer than its medium's clause allows is warned of (`sim.scenario.topology`), and runs."""
    if not 0 < mm <= MAX_LENGTH_MM:
        raise Fault("length", "must be above 0 and at most 10 km")


def ppm(value: float) -> None:
    """The error of a crystal."""
    from_to("crystal_ppm", value, -MAX_PPM, MAX_PPM)


def metres(mm: int) -> str:
    """A length in words."""
    return f"{Decimal(mm) / 1000:f} m"
