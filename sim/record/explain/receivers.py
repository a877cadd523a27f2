"""What stations, hubs and switches have made of a frame."""

from bisect import bisect_left

from journal.event import Event
from journal.kind import KINDS
from sim.record.explain.captured import Captured, is_received
from sim.record.explain.journey import Arrival, Journey
from sim.record.explain.record import Record, by_time, interrupt, of_kind

_BOX_LAYERS = ("hub", "switch")
_STACK_LAYERS = ("arp", "ip", "icmp", "igmp", "udp", "tcp", "dns")
_ANSWERS = (
    *("segment sent", "datagram sent", "echo reply sent", "error sent", "packet sent", "packet forwarded"),
    *("reply sent", "acknowledgment goes"),
)
"""With these the next frame begins."""
_SETTLE_PS = 1_000_000_000
"""So long after its end a box may still be at work on a frame."""


def find_receivers(journey: Journey, record: Record, copies: list[Captured]) -> None:
    """What the stations made of it: who received it, and who ignored it as another's."""
    frame = journey.frame
    start = journey.start_ps if journey.start_ps is not None else 1000 * frame.ns
    again = min(
        (1000 * copy.ns for copy in copies if _same_place(copy, journey) and 1000 * copy.ns > start + 1000),
        default=None,
    )
    seen: set[str] = set()
    for copy in copies:
        here = 1000 * copy.ns
        if not is_received(copy) or copy.capture in seen or here < _way_begins(journey):
            continue
        if again is not None and here > again + 100_000 * 8 * len(frame.octets):
            continue
        seen.add(copy.capture)
        journey.arrivals.append(_taken(record, copy, _way_begins(journey)))
    if journey.end_ps is None:
        return
    for place, there in record.places.items():
        if any(event.layer in _BOX_LAYERS for event in there):
            journey.boxes += _box(record, place, journey)
        if place not in seen:
            ignored = record.between(place, start, journey.end_ps, of_kind("foreign frame ignored"))
            dropped = of_kind("received frame dropped", octets=len(frame.body))
            ignored += record.between(place, journey.end_ps, journey.end_ps + _SETTLE_PS, dropped)
            journey.arrivals += [Arrival(place, ignored[:1])] if ignored else []


def _way_begins(journey: Journey) -> int:
    """When its driver handed it over: it may have passed other cables, and switches, before this one."""
    if journey.driver:
        return journey.driver[0].ps
    return 1000 * journey.frame.ns if journey.start_ps is None else journey.start_ps


def _same_place(copy: Captured, journey: Journey) -> bool:
    """Whether a copy passed where the frame did, at another time."""
    frame = journey.frame
    return (copy.capture, copy.interface) == (frame.capture, frame.interface) and copy.number != frame.number


def _taken(record: Record, copy: Captured, start: int) -> Arrival:
    """A station that has received it: its interrupt, its driver, its stack, its program."""
    arrival = Arrival(copy.capture)
    host = copy.capture.partition(".")[0]
    taken = record.after(copy.capture, 1000 * (copy.ns - 1), of_kind("frame received"))
    if taken is None or -(-taken.ps // 1000) != copy.ns:
        taken, ps = None, 1000 * copy.ns
    else:
        ps = taken.ps
        arrival.events += [event for event in interrupt(record, copy.capture, ps) if event.ps >= start]
        arrival.events.append(taken)
    arrival.events += _processed(record, host, ps, taken)
    return arrival


def _processed(record: Record, host: str, ps: int, taken: Event | None) -> list[Event]:
    """What the stack of a host made of a frame that came at `ps`, and which call has read what it brought."""
    there = record.places.get(host, [])
    at = bisect_left(there, ps, key=by_time)
    if taken is not None and taken in there[at:]:
        at = there.index(taken, at) + 1
    found: list[Event] = []
    for event in there[at:]:
        if event.layer not in _STACK_LAYERS and not found:
            if event.kind == "frame received":
                break
            continue
        if (found and event.ps != found[0].ps) or event.layer not in _STACK_LAYERS:
            break
        if event.kind in _ANSWERS:
            break
        kind = KINDS.get((event.layer, event.kind))
        if kind is None or not kind.quiet:
            found.append(event)
    found += _read(record, host, found)
    return found


def _read(record: Record, host: str, found: list[Event]) -> list[Event]:
    """The call that gives a program what has come."""
    for event in found:
        if event.kind == "segment received" and event.fields.get("length"):
            fd = event.fields.get("fd")
            read = record.after(host, event.ps, of_kind("recv", "recvfrom", "recvmsg", fd=fd))
        elif event.kind == "datagram received":
            remote = event.fields.get("remote")
            read = record.after(host, event.ps, of_kind("recvfrom", "recvmsg", address=remote))
        else:
            continue
        return [] if read is None else [read]
    return []


def _box(record: Record, box: str, journey: Journey) -> list[Event]:
    """What a hub or a switch did with it."""
    assert journey.start_ps is not None and journey.end_ps is not None
    octets = journey.frame.octets
    ends = {"destination": octets[:6].hex(":"), "source": octets[6:12].hex(":")}
    relayed = record.after(box, _way_begins(journey), of_kind("forwards", "floods", "filters", **ends))
    if relayed is not None and relayed.ps <= journey.end_ps + _SETTLE_PS:
        return [relayed]
    whole = journey.start_ps - 2_000_000, journey.end_ps
    return record.between(box, *whole, lambda event: event.layer == "hub" and event.kind != "frame repeated")
