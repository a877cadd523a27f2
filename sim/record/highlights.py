"""What of a run matters to who looks for what went wrong, where there is no room for all of it.

That is what programs did and printed, connections that came about or ended against their will, what was lost
and sent again, faults. What repeats itself and what only carries the rest is left out.
"""

from collections.abc import Iterable, Sequence

from journal.event import Event
from journal.kind import KINDS

_SHOWN = {
    "socket": {"connect", "connected", "peer set", "listen", "accept"},
    "arp": {"unreachable", "conflict", "gave way", "drop"},
    "ip": {"gateway is dead", "gateway may be alive", "redirected", "drop"},
    "udp": {"drop"},
    "tcp": {
        "retransmission",
        "timed out",
        "reset by peer",
        "fault",
        "receive window closed",
        "window probe",
        "drop",
    },
    "dns": {"question", "answer", "next server", "drop"},
    "driver": {
        "no PHY answers",
        "link up",
        "link down",
        "received frame dropped",
        "frame missed",
        "frame refused",
        "frame dropped",
        "frame lost",
    },
    "mac": set(),
    "adapter": {"interrupt off", "interrupt on"},
    "hub": {"port partitioned", "port joined again", "very long event"},
    "switch": {
        "table full",
        "station moved",
        "frame with an error",
        "no buffer",
        "queue full",
        "frame not sent",
        "frame waited too long",
        "late collision",
    },
    "coax": set(),
    "pair": set(),
    "device": {"fault"},
}
"""Of these layers, what is shown; of others, all."""

_WAITS = ("EAGAIN", "EINPROGRESS", "EALREADY")
"""Errors of calls that do not wait are no failures."""


def matters(event: Event) -> bool:
    """Whether it is shown where there is no room for all."""
    kind = KINDS.get((event.layer, event.kind))
    if kind is not None and kind.quiet:
        return False
    shown = _SHOWN.get(event.layer)
    if shown is None or event.kind in shown or (kind is not None and kind.outside):
        return True
    if event.layer == "socket":
        return event.fields.get("error", _WAITS[0]) not in _WAITS
    return event.kind == "segment sent" and "RST" in str(event.fields.get("flags"))


def failed_hosts(events: Iterable[Event]) -> list[str]:
    """The hosts on which a program has failed, in the order of time."""
    ends = (one for one in events if one.layer == "program" and one.kind == "ended")
    return list(dict.fromkeys(one.where for one in ends if "reason" in one.fields))


def highlights(events: Sequence[Event], room: int) -> list[Event]:
    """The last events that matter, `room` at most, most of it for hosts on which a program has failed."""
    shown = [event for event in events if matters(event)]
    if len(shown) <= room:
        return shown
    failed = failed_hosts(events)
    others = [event for event in shown if event.where not in failed]
    theirs = [event for event in shown if event.where in failed][-max(room * 2 // 3, room - len(others)) :]
    kept = {id(event) for event in theirs + others[max(len(others) - room + len(theirs), 0) :]}
    return [event for event in shown if id(event) in kept]
