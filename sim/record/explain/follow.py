"""A frame is followed through its run: which events were its own.

Nothing is recorded of a frame but events and captures, so its events are found by what they say: the same
addresses, numbers and lengths, at the place and in the time that fit.
"""

from pathlib import Path

from sim.record.dissect import dissect
from sim.record.explain.captured import FRAGMENTS, Captured, captures, is_received, is_sent, read
from sim.record.explain.journey import Journey
from sim.record.explain.levels import levels
from sim.record.explain.receivers import find_receivers
from sim.record.explain.record import Record, by_time
from sim.record.explain.sender import MAC_KINDS, SendingStack, find_sender
from sim.record.reading import ReadingError, events

_MIN_BODY = 60
"""Octets of the shortest frame before its FCS."""


def follow(folder: Path, frame: Captured) -> Journey:
    """Find the events of `frame`."""
    if frame.capture.endswith(FRAGMENTS):
        journey = Journey(frame, [])
    else:
        journey = Journey(frame, dissect(frame.octets, fcs=frame.fcs))
    try:
        record = Record(events(folder))
    except ReadingError as error:
        record, journey.missing = Record(()), str(error)
    copies = _copies(folder, frame)
    _medium(journey, record, copies)
    if journey.wire is not None and journey.start_ps is not None and journey.end_ps is not None:
        cable = journey.wire.capture.removesuffix(FRAGMENTS)
        journey.levels = levels(folder, cable, journey.start_ps, journey.end_ps)
    if journey.layers:
        sent_ps = find_sender(journey, record, copies)
        if sent_ps is not None:
            SendingStack(journey, record, sent_ps).find()
        find_receivers(journey, record, copies)
    else:
        _mixed(journey, record)
    return journey


def _copies(folder: Path, frame: Captured) -> list[Captured]:
    """The same octets in all captures of drivers, and, for a driver's frame, on cables."""
    body = frame.body.ljust(_MIN_BODY, b"\0")
    return [
        copy
        for name in captures(folder)
        if not name.endswith(FRAGMENTS) and not frame.capture.endswith(FRAGMENTS)
        for copy in read(folder, name)
        if copy.body.ljust(_MIN_BODY, b"\0") == body
    ]


def _medium(journey: Journey, record: Record, copies: list[Captured]) -> None:
    """When and where it passed a cable."""
    frame = journey.frame
    on_cable = frame
    if is_sent(frame) or is_received(frame):
        passed = [copy for copy in copies if not (is_sent(copy) or is_received(copy))]
        if is_sent(frame):
            found = next((copy for copy in passed if copy.ns >= frame.ns), None)
        else:
            found = next((copy for copy in reversed(passed) if copy.ns <= frame.ns), None)
        if found is None:
            journey.wire = next((copy for copy in copies if copy.fcs and copy.ns >= frame.ns), None)
            return
        on_cable = found
    journey.wire = on_cable
    cable = on_cable.capture.removesuffix(FRAGMENTS)
    for event in record.places.get(cable, []):
        start = event.fields.get("start_ps")
        if isinstance(start, int) and -(-start // 1000) == on_cable.ns:
            bits = event.fields.get("bits")
            journey.start_ps, journey.end_ps = start, event.ps
            journey.bits = bits if isinstance(bits, int) else None
            journey.cable = record.between(cable, start, event.ps, lambda one: one.kind == "collision")
            journey.cable.append(event)
            return
    journey.start_ps = 1000 * on_cable.ns


def _mixed(journey: Journey, record: Record) -> None:
    """Who sent while a fragment came about."""
    if journey.start_ps is None or journey.end_ps is None:
        return
    for place in record.places:
        journey.mac += record.between(
            place,
            journey.start_ps - 50_000_000,
            journey.end_ps,
            lambda event: event.layer == "mac" and event.kind in (*MAC_KINDS, "collision detected"),
        )
    journey.mac.sort(key=by_time)
