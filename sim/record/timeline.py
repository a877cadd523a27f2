"""The narrated timeline: one line per event, simulated time, place, layer, what happened.

Events whose words are known here become sentences; any other is told as its kind and its fields, so
that a new event is never lost. Lines of the hardware that only repeat what others say stay in
`events.jsonl` and the waveform.
"""

from rich.console import Console
from rich.text import Text

from sim.events import Event, FieldValue

_SENTENCES = {
    ("program", "started"): "starts: {run}",
    ("program", "ended"): "{program} ends with status {status}",
    ("program", "output"): "{program}: {text}",
    ("socket", "socket"): "socket() by {program}: descriptor {fd}, {type}",
    ("socket", "bind"): "bind(): descriptor {fd} is {address}",
    ("socket", "listen"): "listen(): descriptor {fd} takes up to {backlog} connections",
    ("socket", "connect"): "connect() to {address} by {program}",
    ("socket", "connected"): "connect() is done: {local} to {address}",
    ("socket", "accept"): "accept(): descriptor {new} for {peer}",
    ("socket", "send"): "send(): {octets} octets into descriptor {fd}",
    ("socket", "sendall"): "sendall(): {octets} octets into descriptor {fd}",
    ("socket", "recv"): "recv(): {octets} octets from descriptor {fd}",
    ("socket", "recvfrom"): "recvfrom(): {octets} octets from {address}",
    ("socket", "close"): "close(): descriptor {fd}",
    ("socket", "removed"): "the socket of descriptor {fd} is removed",
    ("tcp", "state"): "{local} is {new}, was {old}",
    (
        "tcp",
        "segment sent",
    ): "{local} sends {flags} seq {seq} ack {ack} win {window}, {length} octets",
    ("tcp", "segment received"): "{local} gets {flags} seq {seq} ack {ack} win {window}, {length} octets",
    ("arp", "request sent"): "asks everyone: who has {target}?",
    ("arp", "request received"): "{sender} asks for an address",
    ("arp", "reply received"): "{sender} is at {sender_mac}",
    ("arp", "reply sent"): "tells {target} its own address",
    ("arp", "resolved"): "cache: {address} is at {mac}",
    ("arp", "expired"): "cache: {address} is forgotten",
    ("icmp", "echo request sent"): "echo request {sequence} to {peer}, {length} octets",
    ("icmp", "echo request received"): "echo request {sequence} from {peer}",
    ("icmp", "echo reply sent"): "echo reply {sequence} to {peer}",
    ("icmp", "echo reply received"): "echo reply {sequence} from {peer}",
    ("udp", "datagram sent"): "{local} sends {remote} {length} octets",
    ("udp", "datagram received"): "{local} gets {length} octets from {remote}",
    ("ip", "packet sent"): "{source} > {destination} {protocol} ttl {ttl}, {length} octets, by {interface}",
    ("ip", "packet received"): "{source} > {destination} {protocol} ttl {ttl}, {length} octets",
    ("coax", "frame"): "{summary} ({octets} octets, FCS {fcs})",
    ("coax", "collision"): "collision: {senders} senders at once",
    ("coax", "fragment"): "what the collision left has passed: {bits} bits could be read",
    ("driver", "probe begins"): "looks for its adapter",
    ("driver", "probe ends"): "has read {mac} from the ROM and written it into the MAC",
    ("driver", "interrupt begins"): "interrupt handler runs",
    ("driver", "frame to adapter"): "hands the adapter a frame of {octets} octets",
    ("driver", "frame received"): "takes a frame of {octets} octets from its ring",
    ("mac", "transmission begins"): "carrier is free: transmission begins, attempt {attempt}",
    ("mac", "collision detected"): "collision detected",
    ("mac", "jam"): "jam: 32 bits more, so that everyone notices",
    ("mac", "backoff"): "backoff after collision {collisions}: waits {slots} slot times",
    ("adapter", "interrupt raised"): "interrupt",
}
"""What the events are in words; the names in braces are their fields."""
_QUIET = frozenset(
    {
        ("socket", "created"),
        ("socket", "closed"),
        ("mac", "transmission ends"),
        ("adapter", "interrupt cleared"),
    }
)
_STYLES = {
    "program": "bold green",
    "socket": "green",
    "tcp": "cyan",
    "udp": "cyan",
    "icmp": "blue",
    "ip": "blue",
    "arp": "blue",
    "driver": "magenta",
    "adapter": "yellow",
    "mac": "yellow",
    "phy": "yellow",
    "coax": "bold yellow",
}


def clock(ps: int) -> str:
    """Simulated time in microseconds, with the nanoseconds behind the point: `1 234.567 µs`."""
    us, ns = divmod(ps // 1000, 1000)
    return f"{us:,}.{ns:03d} µs".replace(",", " ")


def sentence(event: Event) -> str:
    """Tell what happened."""
    known = _SENTENCES.get((event.layer, event.kind))
    if known:
        try:
            return known.format_map(event.fields)
        except KeyError:
            pass  # an event with other fields than expected: tell them as they are
    fields = " ".join(f"{key}={_value(value)}" for key, value in event.fields.items())
    return f"{event.kind}: {fields}" if fields else event.kind


def _value(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


class Timeline:
    """Prints events as they are told to it: coloured on a terminal, plain lines in a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if (event.layer, event.kind) in _QUIET:
            return
        style = _STYLES.get(event.layer, "")
        line = Text.assemble(
            (f"{clock(event.ps):>18}", "dim"),
            "  ",
            (f"{event.where:<10}", "bold"),
            (f"{event.layer:<9}", style),
            sentence(event),
        )
        self._console.print(line, soft_wrap=True, highlight=False)
