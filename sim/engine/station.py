"""What of a scenario is wired to its boxes: the same for every engine."""

from hw.adapter.wiring import Station
from hw.analogue import pair, twisted_pair
from hw.analogue.carrier_sense import Times
from hw.analogue.transceiver import Tolerances
from hw.hub import wiring as hub_wiring
from hw.hub.wiring import Repeater
from hw.mau import wiring as mau_wiring
from hw.switch import wiring as switch_wiring
from hw.switch.wiring import Bridge, PortMode
from sim.scenario.model import Cable, Hub, Scenario, Switch, Tap, is_port

BIT_NS = 100
SECOND_NS = 1_000_000_000
PAUSE_ROOM = 20
"""Short frames that may come while a PAUSE frame waits for a long one, and those on the way."""


def station(scenario: Scenario, end: str) -> Station:
    """What differs between adapters, of the one that is `end` of a cable."""
    adapter = scenario.adapters[end]
    return Station(
        adapter.mac,
        adapter.crystal_ppm,
        scenario.seed,
        late_retry=adapter.late_collision_retry,
        late_from_sfd=adapter.late_collision_origin == "sfd",
        negotiates=scenario.twisted_pair(end) is not None,
        carrier=Times(adapter.carrier_on_ns, adapter.carrier_off_ns),
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


def bridge(switch: Switch, number: int, seed: int) -> Bridge:
    """`switch`, the one with this `number`, in a run with this seed."""
    return Bridge(
        number,
        seed,
        switch.crystal_ppm,
        ageing_s=switch.ageing_ns // SECOND_NS,
        cut_through=switch.cut_through,
        addresses=switch.addresses,
        buffers=switch.buffers,
        pause_above=max(switch.buffers - PAUSE_ROOM, 0),
        resume_at=max(switch.buffers - PAUSE_ROOM, 0) // 3,
    )


def modes(switch: Switch) -> list[PortMode]:
    """The duplex modes of the ports of `switch`."""
    rest = ("auto",) * (switch.ports - len(switch.duplex))
    return [PortMode(duplex == "auto", duplex == "full") for duplex in (*switch.duplex, *rest)]


def lines(scenario: Scenario) -> dict[str, int]:
    """Where the box at each place for a cable draws its chance: adapters, ports of hubs and switches."""
    found = {end: int.from_bytes(adapter.mac, "big") for end, adapter in scenario.adapters.items()}
    for number, hub in enumerate(scenario.hubs):
        found |= {socket: hub_wiring.line(number, port) for port, socket in enumerate(hub.sockets, start=1)}
    for number, switch in enumerate(scenario.switches):
        sockets = enumerate(switch.sockets, start=1)
        found |= {socket: switch_wiring.line(number, port) for port, socket in sockets}
    return found


def mau_straps(tap: Tap) -> dict[str, int]:
    """The MAU on an adapter or a port of a hub. A repeater would take an SQE test for a
    collision (clause 9.4.1)."""
    return mau_wiring.straps(sqe_test=tap.sqe_test and not is_port(tap.host))


def in_repeater(scenario: Scenario, end: str) -> bool:
    """Whether `end` of a cable is the port of a hub."""
    return any(end in hub.sockets for hub in scenario.hubs)


def pair_straps(scenario: Scenario, end: str) -> dict[str, int]:
    """The MAU of a twisted pair at `end`. A hub's port undoes swapped wires; see also `mau_straps`."""
    adapter = scenario.adapters.get(end)
    correct = adapter is None or adapter.polarity_correction
    return mau_wiring.pair_straps(sqe_test=adapter is not None, correct_polarity=correct)


def tolerances(mau: Tap | Cable) -> Tolerances:
    """Of a MAU's signal path: of one on a coax, or of those at both ends of a twisted pair."""
    if isinstance(mau, Tap):
        return Tolerances(mau.transmit_loss, mau.receive_loss, mau.jitter_ns, mau.invalid_bit)
    return Tolerances(mau.transmit_loss, mau.receive_loss)


def drive_mv(cable: Cable) -> int:
    """What there is on a pair that is driven."""
    return twisted_pair.DRIVE_MV if cable.twisted_pair else pair.DRIVE_MV


def delay_ps(cable: Cable) -> int:
    """From the box at one end to that at the other; a twisted pair has a MAU at each."""
    if not cable.twisted_pair:
        return pair.propagation_ps(cable.length_mm)
    return twisted_pair.propagation_ps(cable.length_mm) + 2 * cable.mau_delay_ns * 1000
