"""Who has sent a frame: what its driver, its MAC, its stack and its program did for it.

A driver's frames are sent in order: the third that it has handed over is the third that the MAC begins.
"""

from collections.abc import Mapping

from journal.event import Event
from sim.record.explain.captured import Captured, is_sent
from sim.record.explain.journey import Journey
from sim.record.explain.record import Record, interrupt, of_kind

MAC_KINDS = ("transmission begins", "jam", "backoff", "transmission ends", "SQE test heard")


def find_sender(journey: Journey, record: Record, copies: list[Captured]) -> int | None:
    """Who has handed it to an adapter; when."""
    frame = journey.frame
    if is_sent(frame):
        handed: Captured | None = frame
    else:
        latest = frame.ns if journey.start_ps is None else -(-journey.start_ps // 1000)
        sent = [copy for copy in copies if is_sent(copy) and copy.ns <= latest]
        handed = max(sent, key=lambda copy: copy.ns, default=None)
    if handed is None:
        return None
    journey.origin = handed.capture
    gives = of_kind("frame to adapter")
    times = [event.ps for event in record.places.get(handed.capture, []) if gives(event)]
    serial = next((n for n, ps in enumerate(times) if -(-ps // 1000) >= handed.ns), None)
    if serial is None or not times:
        return 1000 * handed.ns
    ps = times[serial]
    journey.driver = record.between(handed.capture, ps, ps, gives)[:1]
    done = [
        event
        for event in record.places[handed.capture]
        if event.layer == "driver" and event.kind in ("frame sent", "frame lost")
    ]
    _attempts(journey, record, serial, ps)
    if serial < len(done):
        _completion(journey, record, done[serial])
    return ps


def _attempts(journey: Journey, record: Record, serial: int, handed_ps: int) -> None:
    """What the MAC did: from this frame's first attempt to the next frame's."""
    there = [
        event
        for event in record.places[journey.origin]
        if event.layer == "mac"
        and (event.kind in MAC_KINDS or (event.kind == "collision detected" and event.fields.get("sending")))
    ]
    begin = of_kind("transmission begins")
    firsts = [n for n, event in enumerate(there) if begin(event) and event.fields.get("attempt", 1) == 1]
    if serial < len(firsts) and there[firsts[serial]].ps >= handed_ps:
        end = firsts[serial + 1] if serial + 1 < len(firsts) else len(there)
        journey.mac = there[firsts[serial] : end]


def _completion(journey: Journey, record: Record, done: Event) -> None:
    """The interrupt that reported the frame as sent, or lost."""
    journey.driver += interrupt(record, journey.origin, done.ps)
    journey.driver.append(done)


class SendingStack:
    """What the stack and the program of the sender did for a frame that was handed over at `sent_ps`."""

    def __init__(self, journey: Journey, record: Record, sent_ps: int) -> None:
        self._journey = journey
        self._record = record
        self._ps = sent_ps
        self._host = journey.origin.partition(".")[0]
        self._values = {
            layer.name: {field.name: (field.value, field.meaning) for field in layer.fields}
            for layer in reversed(journey.layers)
            if layer.fields
        }

    def _value(self, layer: str, name: str) -> str:
        return self._values.get(layer, {}).get(name, ("", ""))[0]

    def _last(self, layer: str, kinds: tuple[str, ...], **fields: object) -> Event | None:
        kind = of_kind(*kinds, **fields)
        return self._record.before(self._host, self._ps, lambda event: event.layer == layer and kind(event))

    def find(self) -> None:
        """Go up from the driver to the program."""
        if "ARP" in self._values:
            self._arp_message()
            return
        if "IPv4" not in self._values:
            return
        source, destination = (
            self._value("IPv4", "source address"),
            self._value("IPv4", "destination address"),
        )
        packet = self._last("ip", ("packet sent", "packet forwarded"), source=source, destination=destination)
        if packet is None:
            return
        journey = self._journey
        journey.ip = [packet]
        self._fragment(packet)
        journey.arp = self._resolution(packet, destination)
        if packet.kind == "packet forwarded":
            return
        segment = self._segment(source, destination)
        if segment is None:
            return
        if segment.kind == "segment sent":
            before = segment.ps
            journey.transport = self._record.between(
                self._host,
                before,
                before,
                lambda event: (
                    event.kind in ("acknowledgment goes", "retransmission", "window probe")
                    and event.fields.get("local") == segment.fields.get("local")
                ),
            )
        journey.transport.append(segment)
        journey.program = self._calls(segment)

    def _arp_message(self) -> None:
        kind = "request sent" if self._value("ARP", "operation") == "1" else "reply sent"
        target = self._value("ARP", "target protocol address")
        message = self._last("arp", (kind,), target=target)
        if message is None:
            return
        why = self._record.between(
            self._host,
            message.ps,
            message.ps,
            lambda event: (
                event.kind in ("not found", "request received", "packet sent")
                and target in event.fields.values()
            ),
        )
        self._journey.arp = [*why, message]

    def _fragment(self, packet: Event) -> None:
        offset = self._value("IPv4", "fragment offset")
        if offset in ("", "0") and self._value("IPv4", "more fragments") == "0":
            return
        identification = int(self._value("IPv4", "identification"), 16)
        kind = of_kind("fragment sent", identification=identification, offset=8 * int(offset))
        self._journey.ip += self._record.between(self._host, packet.ps, packet.ps, kind)[:1]

    def _resolution(self, packet: Event, destination: str) -> list[Event]:
        """How the next hop's station was found."""
        hop = packet.fields.get("next_hop") or packet.fields.get("by") or destination
        kinds = ("found", "not found", "request sent", "reply received", "resolved")
        found = self._record.between(
            self._host,
            packet.ps,
            self._ps,
            lambda event: (
                event.layer == "arp"
                and event.kind in kinds
                and hop in (event.fields.get(name) for name in ("address", "target", "sender"))
            ),
        )
        return found[:1] if found and found[0].kind == "found" else found

    def _segment(self, source: str, destination: str) -> Event | None:
        """The transport protocol's event."""
        for name, layer in (("TCP", "tcp"), ("UDP", "udp")):
            if name not in self._values:
                continue
            local = f"{source}:{self._value(name, 'source port')}"
            remote = f"{destination}:{self._value(name, 'destination port')}"
            if name == "UDP":
                return self._last(layer, ("datagram sent",), local=local, remote=remote)
            flags = self._values[name].get("control bits", ("", ""))[1]
            sequence = int(self._value(name, "sequence number") or 0)
            return self._last(layer, ("segment sent",), local=local, remote=remote, seq=sequence, flags=flags)
        if "ICMP" in self._values:
            echo = self._value("ICMP", "sequence number")
            if echo:
                return self._last(
                    "icmp", ("echo request sent", "echo reply sent"), peer=destination, sequence=int(echo)
                )
            return self._last("icmp", ("error sent",), destination=destination)
        return self._last("igmp", ("report sent", "leave sent")) if "IGMP" in self._values else None

    def _calls(self, segment: Event) -> list[Event]:
        """The calls that have given what it carries; of a SYN or a FIN, the call that wanted it."""
        fd, host = segment.fields.get("fd"), self._host
        if segment.kind != "segment sent":
            call = self._record.before(host, segment.ps, of_kind("sendto", "sendmsg", "send", fd=fd))
            return [] if call is None or fd is None else [call]
        flags, length = str(segment.fields.get("flags", "")).split(), segment.fields.get("length")
        remote = segment.fields.get("remote")
        calls: list[Event] = []
        if "SYN" in flags and "ACK" not in flags:
            call = self._record.before(host, segment.ps, of_kind("connect", address=remote))
            calls += [] if call is None else [call]
        if isinstance(length, int) and length:
            calls += self._writes(segment, length)
        if "FIN" in flags and fd is not None:
            call = self._record.before(host, segment.ps, of_kind("close", "shutdown", fd=fd))
            calls += [] if call is None else [call]
        return calls

    def _writes(self, segment: Event, length: int) -> list[Event]:
        """Those send() calls whose octets the segment carries: the stream begins after the SYN."""
        ends = {name: segment.fields.get(name) for name in ("local", "remote")}
        opened = self._last_syn(ends)
        if opened is None:
            return []
        fd = segment.fields.get("fd") or self._descriptor(ends)
        first = (int(segment.fields["seq"] or 0) - int(opened.fields["seq"] or 0) - 1) % 2**32
        calls = []
        at = 0
        sends = of_kind("send", "sendto", "sendmsg", fd=fd)
        for call in self._record.between(self._host, opened.ps, segment.ps, sends):
            octets = call.fields.get("octets")
            if not isinstance(octets, int):
                continue
            if at < first + length and at + octets > first:
                calls.append(call)
            at += octets
        return calls

    def _last_syn(self, ends: Mapping[str, object]) -> Event | None:
        opens = of_kind("segment sent", **ends)
        return self._record.before(
            self._host, self._ps, lambda event: opens(event) and "SYN" in str(event.fields.get("flags"))
        )

    def _descriptor(self, ends: Mapping[str, object]) -> object:
        """Of a connection whose descriptor is closed already."""
        sends = of_kind("segment sent", **ends)
        known = self._record.before(
            self._host, self._ps, lambda event: sends(event) and bool(event.fields.get("fd"))
        )
        return None if known is None else known.fields["fd"]
