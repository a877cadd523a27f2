"""The narrated timeline: one line per event, simulated time, place, layer, what happened.

Events whose words are known here become sentences; any other is told as its kind and its fields, so
that a new event is never lost. Lines of the hardware that only repeat what others say stay in
`events.jsonl` and the waveform.
"""

import string
from typing import Any

from rich.console import Console
from rich.control import strip_control_codes
from rich.text import Text

from sim.events import Event, FieldValue
from sim.words import counted

_SENTENCES = {
    ("program", "started"): "starts: {run}",
    ("program", "ended"): "{program} ends with status {status}",
    ("program", "output"): "{program}: {text}",
    ("socket", "socket"): "socket() by {program}: descriptor {fd}, {type}",
    ("socket", "bind"): "bind(): descriptor {fd} is {address}",
    ("socket", "listen"): "listen(): descriptor {fd} takes up to {backlog:connection}",
    ("socket", "connect"): "connect() to {address} by {program}",
    ("socket", "connected"): "connect() is done: {local} to {address}",
    ("socket", "accept"): "accept(): descriptor {new} for {peer}",
    ("socket", "send"): "send(): {octets:octet} into descriptor {fd}",
    ("socket", "sendall"): "sendall(): {octets:octet} into descriptor {fd}",
    ("socket", "recv"): "recv(): {octets:octet} from descriptor {fd}",
    ("socket", "recvfrom"): "recvfrom(): {octets:octet} from {address}",
    ("socket", "sendto"): "sendto(): {octets:octet} to {address} from descriptor {fd}",
    ("socket", "shutdown"): "shutdown(): descriptor {fd}, {how}",
    ("socket", "close"): "close(): descriptor {fd}",
    ("socket", "recvmsg"): "recvmsg(): {by} says of a packet to {address}: {reason}",
    ("socket", "removed"): "the socket of descriptor {fd} is removed",
    ("tcp", "state"): "{local} is {new}, was {old}",
    ("tcp", "segment sent"): "{local} sends {flags} {header}, {length:octet}",
    ("tcp", "segment received"): "{local} gets {flags} {header}, {length:octet}",
    ("tcp", "round trip measured"): "round trip {srtt!t} on average, varies by {rttvar!t}: time-out {rto!t}",
    ("tcp", "receive window closed"): "{local} can take nothing more: its window is closed",
    ("tcp", "receive window opened"): "{local} opens its window for {octets:octet}",
    ("tcp", "send window"): "{remote} has room for {new:octet}, was {old}",
    ("tcp", "retransmission"): "{local} sends again from seq {seq}: {reason}, time-out was {rto!t}",
    ("tcp", "congestion window"): "{local} may have {new:octet} under way, had {old}",
    ("tcp", "duplicate at the peer"): "{remote} had the {length:octet} from seq {seq} already",
    ("tcp", "segment size"): "{local} sends {new:octet} at most in a segment, was {old}",
    ("tcp", "gap"): "{local} waits for the octets from seq {expected} on, and keeps {held}",
    ("tcp", "window probe"): "{local} asks whether the window is still closed, attempt {attempt}",
    ("tcp", "keepalive probe"): "{local} asks whether {remote} is still there, attempt {attempt}",
    ("tcp", "timed out"): "{local} gives up: {remote} has not answered in {attempts:attempt}",
    ("tcp", "reset by peer"): "{remote} has reset the connection with {local}",
    ("tcp", "fault"): "{local} is told of its packets: {reason}",
    ("tcp", "urgent data"): "{octets:octet} of urgent data from {remote}",
    ("arp", "probe sent"): "asks everyone: does anybody use {address}?",
    ("arp", "announcement sent"): "tells everyone: {address} is mine",
    ("arp", "claim"): "claim to {address}: {new}, was {old}",
    ("arp", "conflict"): "{mac} uses {address} too",
    ("ip", "packet forwarded"): "{source} > {destination} ttl {ttl}, passed on to {by} by {interface}",
    ("ip", "gateway is dead"): "{gateway} does not answer: routes by other gateways are preferred",
    ("ip", "gateway may be alive"): "{gateway} is used again",
    ("ip", "redirected"): "{destination} is better reached by {gateway}",
    ("icmp", "error sent"): "complains to {destination}: type {type} code {code}",
    ("icmp", "error received"): "{source} complains about a packet to {about}: {reason}",
    ("arp", "request sent"): "asks everyone: who has {target}?",
    ("arp", "request received"): "{sender} asks: who has {target}?",
    ("arp", "reply received"): "{sender} answers: I am at {sender_mac}",
    ("arp", "reply sent"): "tells {target} its own address",
    ("arp", "resolved"): "cache: {address} is at {mac}",
    ("arp", "expired"): "cache: {address} is forgotten",
    ("arp", "gave way"): "cache: {address} gives way, there are too many",
    ("arp", "deleted"): "cache: {address} is deleted",
    ("arp", "drop"): "drops: {reason}",
    ("arp", "unreachable"): "nobody answers for {address}",
    ("ip", "drop"): "drops a packet to {destination}: {reason}",
    ("tcp", "drop"): "drops a segment: {reason}",
    ("icmp", "drop"): "drops a message: {reason}",
    ("icmp", "echo request sent"): "echo request {sequence} to {peer}, {length:octet}",
    ("icmp", "echo request received"): "echo request {sequence} from {peer}",
    ("icmp", "echo reply sent"): "echo reply {sequence} to {peer}",
    ("icmp", "echo reply received"): "echo reply {sequence} from {peer}",
    ("udp", "datagram sent"): "{local} sends {remote} {length:octet}",
    ("udp", "datagram received"): "{local} gets {length:octet} from {remote}",
    ("udp", "drop"): "drops a datagram to {destination}: {reason}",
    ("dns", "question"): "asks {server} over {over}: {type} of {name}?",
    ("dns", "answer"): "{server} says: {type} of {name} is {answer}, for {ttl} s",
    ("dns", "cached"): "knows already: {type} of {name} is {answer}, for {ttl} s",
    ("dns", "next server"): "{server} is of no help with {type} of {name}: {reason}",
    ("dns", "drop"): "drops what {server} sent: {reason}",
    ("ip", "packet sent"): "{source} > {destination} {protocol} ttl {ttl}, {length:octet}, by {interface}",
    ("ip", "packet received"): "{source} > {destination} {protocol} ttl {ttl}, {length:octet}",
    ("coax", "frame"): "{summary} ({octets:octet}, FCS {fcs})",
    ("coax", "collision"): "collision: the voltage is that of {senders:sender}",
    ("coax", "fragment"): "no whole frame has passed: {bits:bit} could be read",
    ("pair", "frame"): "from {sender}: {summary} ({octets:octet}, FCS {fcs})",
    ("pair", "fragment"): "from {sender}: no whole frame, {bits:bit} could be read",
    ("hub", "repeats"): "what comes in at port {port} goes out at all others",
    ("hub", "collision"): "several ports send at once: jam to all",
    ("hub", "one port left"): "only port {port} still sends: it hears nothing more, the others jam",
    ("hub", "jam"): "what comes in at port {port} is no frame: jam to all others",
    ("hub", "port partitioned"): "port {port} is partitioned: too many collisions, or one too long",
    ("hub", "port joined again"): "port {port} is joined again",
    ("hub", "very long event"): "what comes in at port {port} is cut: no frame is so long",
    ("switch", "learns"): "learns that {station} is behind port {port}",
    ("switch", "station moved"): "hears {station} at port {port}: it has moved",
    ("switch", "table full"): "has no room in its table for {station}, heard at port {port}",
    ("switch", "forwards"): "{source} > {destination}: from port {port} to port {to}",
    ("switch", "floods"): "{source} > {destination}: from port {port} to all others: {to}",
    ("switch", "filters"): "{source} > {destination}: nobody behind another port than {port} is to have it",
    ("switch", "frame with an error"): "drops a frame with an error, come in at port {port}",
    ("switch", "no buffer"): "has no buffer left for a frame that came in at port {port}, and drops it",
    ("switch", "queue full"): "has no room in the queue of port {port}, and drops a frame",
    ("switch", "frame not sent"): "could not send a frame at port {port}",
    ("switch", "frame waited too long"): "drops a frame that has waited for a second at port {port}",
    ("switch", "asks for a pause"): "a PAUSE frame goes out at port {port}",
    ("switch", "is paused"): "port {port} was asked to pause",
    ("switch", "goes on"): "port {port} goes on",
    ("switch", "knows"): "knows {station} at port {port}, heard {seconds} s ago",
    ("link", "frame lost"): "loses a frame of {octets:octet}: {summary}",
    ("cable", "unplug"): "its cable is unplugged",
    ("cable", "plug"): "its cable is plugged in again",
    ("coax", "open"): "the cable is cut {at_mm} mm from its left end",
    ("coax", "short"): "the cable is shorted {at_mm} mm from its left end",
    ("coax", "repair"): "the cable is mended",
    ("coax", "terminator off"): "the terminator at its {end} end is lost",
    ("coax", "terminator on"): "the terminator at its {end} end is on again",
    ("host", "switched off"): "is switched off: nothing is left of its programs and connections",
    ("host", "switched on"): "is switched on",
    ("driver", "probe begins"): "looks for its adapter",
    ("driver", "address read"): "reads {rom} from the adapter's ROM",
    ("driver", "address written"): "writes {mac} into the MAC",
    ("driver", "probe ends"): "adapter is up as {mac}: receiver and transmitter are on",
    ("driver", "no PHY answers"): "finds no PHY on the management interface",
    ("driver", "link up"): "link is up, 10 Mb/s {full_duplex!d} duplex; negotiated: {negotiated}",
    ("driver", "link down"): "link is down",
    ("phy", "link failed"): "the link has failed",
    ("phy", "link passed"): "the link is alive",
    ("phy", "polarity reversed"): "what comes in is inverted: the wires of its receiving pair are swapped",
    ("phy", "polarity normal"): "what comes in is no longer inverted",
    ("phy", "port link failed"): "the link of port {port} has failed",
    ("phy", "port link passed"): "the link of port {port} is alive",
    ("driver", "interrupt begins"): "interrupt handler runs",
    ("driver", "interrupt acknowledged"): "the interrupt's reason: {source}",
    ("driver", "received frame dropped"): "drops a frame of {octets:octet}: {reason}",
    ("driver", "frame missed"): "the adapter could not store a frame: {reason}",
    ("driver", "frame refused"): "refuses a frame: {reason}",
    ("driver", "frame dropped"): "drops a frame of {octets:octet}: {reason}",
    ("driver", "peer asked to pause"): "the receive ring fills up: asks the peer to pause",
    ("driver", "peer may go on"): "has caught up: lets the peer go on",
    ("driver", "frame to adapter"): "hands the adapter a frame of {octets:octet}",
    ("driver", "frame sent"): "frame sent; collisions: {collisions}, waited for others: {deferred}",
    ("driver", "frame lost"): "frame lost, {reason}; collisions: {collisions}, waited for others: {deferred}",
    ("driver", "frame received"): "takes a frame of {octets:octet} from its ring",
    ("mac", "transmission begins"): "the line is free: transmission begins, attempt {attempt}",
    ("mac", "collision detected"): "collision detected",
    ("mac", "jam"): "jam: 32 bits more, so that everyone notices",
    ("mac", "backoff"): "backoff after collision {collisions}: waits {slots:slot time}",
    ("mac", "foreign frame ignored"): "the frame is for another station: the rest is not looked at",
    ("adapter", "interrupt raised"): "interrupt",
}
"""What the events are in words; the names in braces are their fields, `{bits:bit}` is how many of what."""
_BROADCAST = "ff:ff:ff:ff:ff:ff"
_GIVEN_ADDRESS = "writes {mac} into the MAC, given in place of the ROM's"
_ARP_POLL = "asks {to} alone: do you still have {target}?"
"""RFC 1122 section 2.3.2.1: a request by unicast, to keep an entry of the cache."""
_PLACE = 8
"""Columns for a place, at least."""
_KILLED = "{program} is ended by {signal}"
_FAILED = "{call}() by {program} fails: {error}"
_QUIET = frozenset(
    {
        ("socket", "created"),
        ("socket", "closed"),
        ("mac", "transmission ends"),
        ("adapter", "interrupt cleared"),
        ("hub", "frame repeated"),
        ("hub", "port collision"),
        ("switch", "received so far"),
        ("switch", "sent so far"),
        ("switch", "filtered so far"),
    }
)
_STYLES = {
    "program": "bold green",
    "host": "bold green",
    "socket": "green",
    "tcp": "cyan",
    "udp": "cyan",
    "dns": "cyan",
    "icmp": "blue",
    "ip": "blue",
    "arp": "blue",
    "driver": "magenta",
    "adapter": "yellow",
    "mac": "yellow",
    "phy": "yellow",
    "cable": "bold yellow",
    "link": "bold yellow",
    "coax": "bold yellow",
    "pair": "bold yellow",
    "hub": "bold yellow",
    "switch": "bold yellow",
}


def clock(ps: int) -> str:
    """Simulated time in microseconds, with the nanoseconds behind the point: `1 234.567 µs`."""
    us, ns = divmod(ps // 1000, 1000)
    return f"{us:,}.{ns:03d} µs".replace(",", " ")


def sentence(event: Event) -> str:
    """Tell what happened."""
    fields = event.fields
    known = _SENTENCES.get((event.layer, event.kind))
    if event.layer == "socket" and "error" in fields:
        known = _FAILED.replace("{call}", event.kind.removesuffix("ed"))
    elif event.layer == "arp" and event.kind == "request sent" and fields.get("to", _BROADCAST) != _BROADCAST:
        known = _ARP_POLL
    elif (event.layer, event.kind) == ("program", "ended") and "signal" in fields:
        known = _KILLED
    elif event.kind == "address written" and fields.get("given"):
        known = _GIVEN_ADDRESS
    if known:
        try:
            return _WORDS.vformat(known, (), {**fields, **_header(event)})
        except KeyError:
            pass  # an event with other fields than expected: tell them as they are
    told = " ".join(f"{key}={_value(value)}" for key, value in fields.items())
    return f"{event.kind}: {told}" if told else event.kind


def _header(event: Event) -> dict[str, FieldValue]:
    """A TCP segment's numbers that mean something: of ACK only if the flag is set, of MSS only in a SYN."""
    fields = event.fields
    if event.layer != "tcp" or not {"seq", "ack", "window", "flags"} <= fields.keys():
        return {}
    numbers = [f"seq {fields['seq']}"]
    if "ACK" in str(fields["flags"]):
        numbers.append(f"ack {fields['ack']}")
    numbers.append(f"win {fields['window']}")
    if fields.get("mss") is not None:
        numbers.append(f"mss {fields['mss']}")
    return {"header": " ".join(numbers)}


def _value(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


class _Words(string.Formatter):
    """Puts values into sentences; `{rto!t}` is a time, given in ns, `{full_duplex!d}` a duplex mode."""

    def convert_field(self, value: Any, conversion: str | None) -> str:  # noqa: ANN401 (whatever a field holds)
        if conversion == "d":
            return "full" if value else "half"
        return clock(value * 1000) if conversion == "t" else _value(value)

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 (as above)
        return counted(value, format_spec) if format_spec else str(value)


_WORDS = _Words()


def line(event: Event) -> str | None:
    """The event as a plain line of the timeline; None for one that is not told."""
    parts = _parts(event)
    return None if parts is None else "{}  {}{}{}".format(*parts)


def _parts(event: Event, width: int = _PLACE) -> tuple[str, str, str, str] | None:
    """Time, place (in `width` columns), layer and what happened; None for an event that is not told."""
    if (event.layer, event.kind) in _QUIET:
        return None
    told = strip_control_codes(sentence(event))
    return f"{clock(event.ps):>18}", f"{event.where:<{width}}  ", f"{event.layer:<9}", told


class Timeline:
    """Prints events as they are told to it: coloured on a terminal, plain lines in a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = _PLACE
        """The longest name of a place until now."""

    def __call__(self, event: Event) -> None:
        """Print one event."""
        self._width = max(self._width, len(event.where))
        parts = _parts(event, self._width)
        if parts is None:
            return
        time, where, layer, told = parts
        if (
            not self._console.is_terminal
        ):  # rich takes ten times as long to find that there is nothing to colour
            self._console.file.write(f"{time}  {where}{layer}{told}\n")
            return
        style = _STYLES.get(event.layer, "")
        text = Text.assemble((time, "dim"), "  ", (where, "bold"), (layer, style), told)
        self._console.print(text, soft_wrap=True, highlight=False)
