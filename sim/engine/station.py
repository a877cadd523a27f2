"""What of a scenario is wired to its boxes: the same for every engine."""

from hw.adapter.wiring import Station
from hw.analogue.transceiver import Tolerances
from hw.hub import wiring as hub_wiring
from hw.hub.wiring import Repeater
from hw.mau import wiring as mau_wiring
from sim.scenario.model import Adapter, Hub, Scenario, Tap, is_port

BIT_NS = 100


def station(adapter: Adapter, seed: int) -> Station:
    """What differs between adapters, in a run with this seed."""
    return Station(
        adapter.mac,
        adapter.crystal_ppm,
        seed,
        late_retry=adapter.late_collision_retry,
        late_from_sfd=adapter.late_collision_origin == "sfd",
    )


def repeater(hub: Hub, number: int, seed: int) -> Repeater:
    """`hub`, the one with this `number`, in a run with this seed."""
    return Repeater(
        number,
        seed,
        hub.crystal_ppm,
        start_delay=hub.start_delay_ns // BIT_NS,
        jam_delay=hub.jam_delay_ns // BIT_NS,
        transmit_limit=hub.jabber_lockup_ns // BIT_NS,
        collision_limit=hub.collision_limit,
        clean_time=hub.clean_time_ns // BIT_NS,
        long_collision=hub.long_collision_ns // BIT_NS,
        send_only=hub.reconnection == "alternative",
    )


def lines(scenario: Scenario) -> dict[str, int]:
    """Where the box at each place for a cable draws its chance: adapters and ports of hubs."""
    found = {end: int.from_bytes(adapter.mac, "big") for end, adapter in scenario.adapters.items()}
    for number, hub in enumerate(scenario.hubs):
        found |= {socket: hub_wiring.line(number, port) for port, socket in enumerate(hub.sockets, start=1)}
    return found


def mau_straps(tap: Tap) -> dict[str, int]:
    """The MAU on an adapter or a port of a hub. A repeater would take an SQE test for a
    collision (clause 9.4.1)."""
    return mau_wiring.straps(sqe_test=tap.sqe_test and not is_port(tap.host))


def tolerances(tap: Tap) -> Tolerances:
    """Of the MAU's signal path."""
    return Tolerances(tap.transmit_loss, tap.receive_loss, tap.jitter_ns)
