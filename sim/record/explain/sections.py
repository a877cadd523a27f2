"""What is said of one frame, in sections from the program down to the cable and up again at each station."""

from dataclasses import dataclass, field
from textwrap import wrap

from journal.event import Event
from sim.record.dissect import Layer
from sim.record.explain import arithmetic, signal
from sim.record.explain.captured import FRAGMENTS
from sim.record.explain.journey import Journey
from sim.record.printable import printable
from sim.record.timeline import clock, sentence

WIDTH = 110
_TRANSPORTS = {"TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "IGMP": "igmp"}
_HEADERS = {**_TRANSPORTS, "IPv4": "ip", "ARP": "arp", "Ethernet MAC": "mac", "MAC control": "mac"}
_UNITS = {
    "tcp": "the segment",
    "udp": "the datagram",
    "icmp": "the message",
    "igmp": "the message",
    "arp": "the message",
    "ip": "the packet",
}
_FEW = 2
"""Stations of which the summary shows all that happened."""
_BRIEF_EVENTS = 8
"""Of one section, in the summary."""


@dataclass(slots=True)
class Section:
    """One layer's part: what happened, what is said in short, and all that there is to say."""

    name: str
    title: str
    events: list[Event] = field(default_factory=list)
    brief: list[str] = field(default_factory=list)
    full: list[str] = field(default_factory=list)


def sections(journey: Journey) -> list[Section]:
    """All sections that have something to say, in the order of the frame's way."""
    if not journey.layers:
        return [one for one in (_fragment(journey), *_raw(journey)) if one.events or one.full]
    made = [
        Section("program", "the program that wants it sent", journey.program),
        *_headers(journey),
        Section("driver", f"the driver of {journey.origin}: descriptor and interrupt", journey.driver),
        _mac(journey),
        _fcs(journey),
        *_raw(journey),
        Section("cable", "on the cable", journey.cable),
        Section("boxes", "hubs and switches", journey.boxes),
        *_arrivals(journey),
    ]
    return [one for one in made if one.events or one.brief or one.full]


def _headers(journey: Journey) -> list[Section]:
    """Sections of the protocols, the innermost first."""
    made = []
    events = {"ip": journey.ip, "arp": journey.arp}
    events |= dict.fromkeys(_TRANSPORTS.values(), journey.transport)
    seen: set[str] = set()
    pending: list[Layer] = []
    for layer in reversed(journey.layers[1:]):
        name = _HEADERS.get(layer.name)
        if name is None or name == "mac":
            pending.append(layer)
            continue
        own = events.get(name, []) if name not in seen else []
        section = Section(name, f"{layer.name}: {_UNITS[name]}", own)
        seen.add(name)
        for one in (layer, *reversed(pending)):
            _say(section, one)
        pending = []
        made.append(section)
    if pending:
        section = Section("data", "what the frame carries")
        for one in reversed(pending):
            _say(section, one)
        made.append(section)
    if journey.arp and "arp" not in seen:
        made.append(Section("arp", "ARP: the station of the next hop", journey.arp))
    return made


def _say(section: Section, layer: Layer) -> None:
    """A header, or data, in short and in full."""
    source = f" ({layer.source})" if layer.source else ""
    shown = ", ".join(f"{one.name} {one.value}" for one in layer.fields if one.name != "octets")
    if shown:
        section.brief += wrapped(f"{layer.name}, {layer.octets} octets{source}: {shown}", 3)
    else:
        section.brief += wrapped(f"{layer.name}, {layer.octets} octets: {_short(layer)}", 1)
    section.full += ["", f"{layer.name}, {layer.octets} octets{source}", *table(layer)]
    if layer.problem:
        section.brief.append(f"! {layer.problem}")
        section.full.append(f"! {layer.problem}")


def _short(layer: Layer) -> str:
    return " ".join(one.meaning or one.value for one in layer.fields)


def wrapped(text: str, most: int) -> list[str]:
    """In lines of the page's width, `most` at most."""
    lines = wrap(text, WIDTH - 4)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: WIDTH - 8] + " ..."]
    return lines


def table(layer: Layer) -> list[str]:
    """The fields with their places, values and meanings."""
    rows = []
    for one in layer.fields:
        first, bit = divmod(one.offset_bits, 8)
        last = (one.offset_bits + one.width_bits - 1) // 8
        place = f"{first}" if first == last else f"{first}-{last}"
        if bit or one.width_bits % 8:
            last_bit = bit + one.width_bits - 1
            place = f"{first}, bit {bit}" if last_bit == bit else f"{first}, bits {bit}-{last_bit}"
        head = f"{place:<16}{one.name:<28}"
        rows += _cells(head, one.value, one.meaning)
    return rows


def _cells(head: str, value: str, meaning: str) -> list[str]:
    if len(value) <= 22:
        return [f"{head} {value:<22}  {meaning}".rstrip()]
    indent = " " * (len(head) + 1)
    lines = wrap(value, 48)
    return [
        f"{head} {lines[0]}",
        *(indent + line for line in lines[1:]),
        *([indent + meaning] if meaning else []),
    ]


def _mac(journey: Journey) -> Section:
    section = Section("mac", "the MAC: header, pad, access to the medium", journey.mac)
    for layer in journey.layers:
        if _HEADERS.get(layer.name) == "mac":
            _say(section, layer)
    backoffs = [event for event in journey.mac if event.kind == "backoff"]
    if backoffs:
        section.brief.append(f"Collisions before it passed: {len(backoffs)}.")
    return section


def _fcs(journey: Journey) -> Section:
    section = Section("fcs", "the frame check sequence (802.3 clause 3.2.9)")
    if _on_link(journey):
        section.full = section.brief = ["No FCS: on a [link], hosts hand frames to each other."]
    elif journey.wire is None:
        section.full = section.brief = ["No FCS is recorded: it passed no cable, or nobody has received it."]
    elif len(journey.wire.octets) >= 18:
        section.full = arithmetic.worked_out(journey.wire.octets)
        section.brief = section.full[-3:]
    return section


def _on_link(journey: Journey) -> bool:
    """Whether no hardware had a part in it: no driver handed it to an adapter, and it was on no cable."""
    return journey.start_ps is None and not journey.driver and not journey.missing


def _raw(journey: Journey) -> list[Section]:
    """Bits and half bits."""
    if journey.wire is None or _on_link(journey):
        none = "No bits: on a [link], hosts hand frames to each other."
        if not _on_link(journey):
            none = "No bits are recorded: it passed no cable that is captured."
        return [Section("bits", "bits", brief=[none], full=[none])]
    wire = journey.wire
    octets = wire.octets
    if journey.layers:
        octets = signal.head(journey.bits, octets) + octets
    bits = Section("bits", "bits in the order of transmission: least significant first (802.3 clause 3.3)")
    bits.full = signal.bit_rows(octets)
    bits.brief = bits.full[:2]
    halves = Section("signal", "Manchester half bits, - is HI and _ is LO (802.3 clause 7.3.1.1)")
    halves.full = signal.signal_rows(octets, journey.start_ps)
    if journey.layers:
        halves.brief = [*halves.full[:1], *halves.full[2:3]]
    if journey.start_ps is not None and journey.layers:
        end = journey.start_ps + 8 * len(octets) * signal.BIT_PS
        times = f"the first begins at {clock(journey.start_ps)}, the last ends at {clock(end)}"
        halves.brief.append(f"{8 * len(octets)} bits of 100 ns: {times}")
        halves.full.append(halves.brief[-1])
    halves.brief += journey.levels[:1]
    halves.full += journey.levels
    return [bits, halves]


def _fragment(journey: Journey) -> Section:
    section = Section("cable", "what a collision left", [*journey.cable])
    section.events = sorted([*journey.mac, *journey.cable], key=lambda event: event.ps)
    section.brief = [journey.frame.comment]
    section.full = ["", journey.frame.comment]
    return section


def _arrivals(journey: Journey) -> list[Section]:
    made = []
    for arrival in journey.arrivals:
        if arrival.events and arrival.events[0].kind == "foreign frame ignored":
            title = f"at {arrival.station}: another station's frame"
        else:
            title = f"at {arrival.station}"
        made.append(Section("stations", title, arrival.events))
    if not made:
        made.append(Section("stations", "at the stations", brief=["No station's driver has received it."]))
    return made


def _brief(section: Section, *, many: bool) -> list[Event]:
    """The events of a section that the summary shows: of each of many stations what it came to."""
    events = section.events
    if many and section.name == "stations":
        return events[-2:]
    return events if len(events) <= _BRIEF_EVENTS else [*events[: _BRIEF_EVENTS - 1], events[-1]]


def title(journey: Journey) -> str:
    """The frame in one line."""
    frame = journey.frame
    name = f"{frame.capture}:{frame.number}"
    if frame.capture.endswith(FRAGMENTS):
        return f"{name}: what a collision left, {frame.comment}"
    count = len(frame.octets)
    parts = [f"{count} octets{' with FCS' if frame.fcs else ' without FCS'}"]
    if journey.start_ps is not None:
        parts.append(f"first bit at {clock(journey.start_ps)}")
    else:
        parts.append(f"at {clock(1000 * frame.ns)}")
    if journey.origin:
        parts.append(f"sent by {journey.origin}")
    if journey.wire is not None and journey.wire is not frame:
        with_fcs = f"{journey.wire.capture}:{journey.wire.number}"
        parts.append(f"with its FCS it is {with_fcs}")
    return f"{name}: {', '.join(parts)}"


def text(journey: Journey, layer: str | None = None, *, everything: bool = False) -> list[str]:
    """The lines to print: a summary, one layer in full, or all of them in full."""
    lines = [title(journey)]
    if journey.missing:
        lines.append(f"! {journey.missing}: what the layers did is unknown")
    for section in sections(journey):
        if layer is not None and section.name != layer:
            continue
        lines += ["", f"{section.name.upper():<10}{section.title}"]
        events = section.events
        whole = everything or layer is not None
        shown = events if whole else _brief(section, many=len(journey.arrivals) > _FEW)
        lines += [
            f"{clock(event.ps):>20}  {printable(event.where):<8}  {printable(sentence(event))}"
            for event in shown
        ]
        if len(shown) < len(events):
            lines.append(f"{'':>20}  and {len(events) - len(shown)} more: --layer {section.name}")
        lines += [f"  {line}".rstrip() for line in (section.full if whole else section.brief)]
    return lines
