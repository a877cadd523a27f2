"""What of a scenario's host is wired to its adapter: the same for every engine."""

from hw.adapter.wiring import Station
from sim.scenario.model import Host


def station(host: Host, seed: int) -> Station:
    """The adapter of `host`, in a run with this seed."""
    return Station(
        host.mac,
        host.crystal_ppm,
        seed,
        late_retry=host.late_collision_retry,
        late_from_sfd=host.late_collision_origin == "sfd",
    )
