"""Randomness: everything that a program draws comes from its process's seeded stream.

The functions of `random` belong to a generator of the process's own, which `random.seed` sets as ever.
`os.urandom`, and with it `uuid4`, `secrets` and `random.SystemRandom`, draw from a second one, that no
program can set. A `random.Random()` without a seed is given one of it, too.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import os
import random
import uuid
from typing import Any

from sim.os.process import Thread
from sim.python.dispatch import dispatch, real

_SEED_BITS = 256
_GREGORIAN_100NS = 0x01B21DD213814000
"""From 1582-10-15, where the time of a UUID begins, to 1970 (RFC 9562 section 5.1)."""


def _from_own_generator(name: str) -> Any:
    def draw(thread: Thread, *arguments: Any, **keywords: Any) -> Any:
        return getattr(thread.process.generator, name)(*arguments, **keywords)

    return draw


def _urandom(thread: Thread, size: int, flags: int = 0, /) -> bytes:
    return thread.process.entropy.randbytes(size)


def _seed(thread: Thread, generator: random.Random, a: Any = None, version: int = 2) -> None:
    seed = thread.process.entropy.getrandbits(_SEED_BITS) if a is None else a
    real["Random.seed"](generator, seed, version)


def _getnode(thread: Thread) -> int:
    """The station address of the host's first adapter; without one, 0 with the group bit: none."""
    devices = [device for device in thread.process.host.devices.values() if any(device.mac)]
    return int.from_bytes(devices[0].mac, "big") if devices else 1 << 40


def _uuid1(thread: Thread, node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
    """RFC 9562 section 5.1, with a random clock sequence."""
    time = _GREGORIAN_100NS + thread.clock.wall // 100
    sequence = thread.process.entropy.getrandbits(14) if clock_seq is None else clock_seq
    fields = (
        time & 0xFFFFFFFF,
        time >> 32 & 0xFFFF,
        time >> 48 & 0x0FFF,
        sequence >> 8 & 0x3F,
        sequence & 0xFF,
        _getnode(thread) if node is None else node,
    )
    return uuid.UUID(fields=fields, version=1)


def install() -> None:
    """Patch `random`, `os` and `uuid`."""
    for name in random.__all__:
        if not isinstance(getattr(random, name), type):
            dispatch(random, name, _from_own_generator(name))
    dispatch(random.Random, "seed", _seed)
    dispatch(os, "urandom", _urandom)
    dispatch(os, "getrandom", _urandom)
    dispatch(uuid, "getnode", _getnode)
    dispatch(uuid, "uuid1", _uuid1)
