"""What a scenario may have meant otherwise: unequal duplex modes, addresses that cannot meet, no program.

Nothing here is an error: all of it can be built, and shows what it would show in life. Before a run one is
shown what will come of it.
"""

from collections import defaultdict
from collections.abc import Iterator

from sim.scenario.model import Adapter, Cable, Host, Scenario, is_port
from sim.scenario.plan import box


def hints(scenario: Scenario) -> Iterator[str]:
    """A sentence for each."""
    yield from _duplex(scenario)
    yield from _networks(scenario)
    if scenario.until_ns is None and all(program.service for program in scenario.programs):
        yield (
            "no program is waited for, so the run ends at once: add a [[program]] that is no service, "
            'or say how long it lasts, such as until = "1 s"'
        )


# -- duplex modes --------------------------------------------------------------------------------------


def _duplex(scenario: Scenario) -> Iterator[str]:
    given = _given(scenario)
    for cable in scenario.cables:
        modes = [given.get(end, "half") for end in cable.ends]  # a repeater has half duplex
        full = [_is_full(mode, other, cable) for mode, other in zip(modes, modes[::-1], strict=True)]
        if full[0] is not full[1]:
            fast, slow = cable.ends if full[0] else cable.ends[::-1]
            yield (
                f"{cable.name}: duplex mismatch: {fast} is set to full duplex, which turns its negotiation "
                f"off, and {slow} is in half duplex: expect late collisions at {slow}, FCS errors at {fast}"
            )
    for coax in scenario.coaxes:
        for tap in coax.taps:
            if given.get(tap.host) == "full":
                yield (
                    f"{tap.host} is set to full duplex on {coax.name}, which all stations share: "
                    "it will send while others do"
                )


def _given(scenario: Scenario) -> dict[str, str]:
    """The duplex mode that the file gives each end of a cable, but for those of repeaters."""
    modes: dict[str, str] = {end: adapter.duplex for end, _, adapter in _ends(scenario)}
    for switch in scenario.switches:
        rest = ("auto",) * (switch.ports - len(switch.duplex))
        modes |= zip(switch.sockets, (*switch.duplex, *rest), strict=True)
    return modes


def _is_full(mode: str, other: str, cable: Cable) -> bool:
    return mode == "full" or (mode == other == "auto" and cable.twisted_pair)


# -- addresses -----------------------------------------------------------------------------------------


def _networks(scenario: Scenario) -> Iterator[str]:
    """What hosts that frames can pass between make of each other's addresses."""
    for stations in _domains(scenario):
        first, *others = stations
        routed = any(host.forwarding for _, host, _ in stations)
        for end, _, adapter in others:
            network = adapter.address.network
            if network != first[2].address.network and not _on_both(stations, first[2], adapter):
                yield (
                    f"{first[0]} ({first[2].address}) and {end} ({adapter.address}) share a cable, and "
                    "are in different networks: without a router that is in both they do not reach each other"
                )
                break
        for end, host, adapter in stations:
            alone = not host.forwarding and host.gateway is None and not host.routes
            if routed and alone and len(host.adapters) == 1:
                router = next(one for one in stations if one[1].forwarding)
                yield (
                    f"{end} has no gateway, and reaches only {adapter.address.network}: "
                    f'the router beside it is gateway = "{router[2].address.ip}"'
                )


_Station = tuple[str, Host, Adapter]
"""An end of a cable, the host there, and its adapter."""


def _ends(scenario: Scenario) -> Iterator[_Station]:
    for host in scenario.hosts:
        for end, adapter in zip(host.sockets, host.adapters, strict=True):
            yield end, host, adapter


def _on_both(stations: list[_Station], one: Adapter, other: Adapter) -> bool:
    """Whether a router here is in the networks of both."""
    wanted = {one.address.network, other.address.network}
    return any(
        wanted <= {adapter.address.network for adapter in host.adapters}
        for _, host, _ in stations
        if host.forwarding
    )


def _domains(scenario: Scenario) -> Iterator[list[_Station]]:
    """The stations between which frames can pass without a router."""
    joined: dict[str, str] = {}

    def root(place: str) -> str:
        while place in joined:
            place = joined[place]
        return place

    def join(one: str, other: str) -> None:
        if root(one) != root(other):
            joined[root(other)] = root(one)

    for coax in scenario.coaxes:
        for tap in coax.taps:
            join(f"cable {coax.name}", _place(tap.host))
    for cable in scenario.cables:
        for end in cable.ends:
            join(f"cable {cable.name}", _place(end))
    found: defaultdict[str, list[_Station]] = defaultdict(list)
    for station in _ends(scenario):
        found["link" if scenario.link else root(_place(station[0]))].append(station)
    yield from found.values()


def _place(end: str) -> str:
    """All ports of a hub or a switch are one."""
    return f"box {box(end)}" if is_port(end) else end
