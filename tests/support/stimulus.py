"""Random levels for a circuit's pins, which bring about states that a well-behaved neighbour never does."""

from collections.abc import Iterator
from random import Random

from recorded import Inputs

from hw.modules import MODULES
from hw.ports import Direction, Port

STRAPS = {
    "backoff_slots", "clean_time", "collision_limit", "collision_valid", "good_pulses", "jabber_ms",
    "jam_delay", "limit_pause", "link_loss_ms", "long_collision", "max_frame", "max_retry", "min_frame",
    "recovery", "rom_address", "start_delay", "station_address", "station_seed", "transmit_limit",
    "tx_bd_num", "tx_length", "unjab_ms",
}  # fmt: skip
"""Pins that keep still while the circuit counts towards them."""
EPISODES = 30
EPISODE = 64


def random_levels(name: str, seed: int, episodes: int = EPISODES) -> Iterator[Inputs]:
    """Pins that change now and then: each at a pace of its own, drawn again for every episode."""
    random = Random(f"{name}/{seed}")
    ports = [p for p in MODULES[name].ports if p.direction is Direction.IN and p.name != MODULES[name].clock]
    now = {port.name: _level(port, random) for port in ports}
    for _ in range(episodes):
        paces = {port.name: random.choice((1.0, 0.5, 0.1, 0.03)) for port in ports if port.name not in STRAPS}
        for _ in range(EPISODE):
            for port in ports:
                if random.random() < paces.get(port.name, 0):
                    now[port.name] = 1 - now[port.name] if port.width == 1 else _level(port, random)
            yield dict(now)


def _level(port: Port, random: Random) -> int:
    return random.getrandbits(random.randint(1, port.width))
