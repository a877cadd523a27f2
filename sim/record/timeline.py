"""The narrated timeline: one line per event, simulated time, place, layer, what happened.

Events whose words are known here become sentences; any other is told as its kind and its fields, so
that a new event is never lost. Lines of the hardware that only repeat what others say stay in
`events.jsonl` and the waveform.
"""

from rich.console import Console
from rich.text import Text

from sim.events import Event, FieldValue

_SENTENCES = {
    ("coax", "frame"): "{summary} ({octets} octets, FCS {fcs})",
    ("coax", "collision"): "collision: {senders} senders at once",
    ("coax", "fragment"): "collision fragment of {bits} readable bits",
    ("mac", "transmission begins"): "transmission begins, attempt {attempt}",
    ("mac", "collision detected"): "collision detected",
    ("mac", "jam"): "jam: 32 bits, so that everyone hears the collision",
    ("mac", "backoff"): "backoff: waits {slots} slot times after {collisions} collisions",
    ("adapter", "interrupt raised"): "interrupt",
}
_QUIET = frozenset(
    {
        ("phy", "carrier on"),
        ("phy", "carrier off"),
        ("phy", "reception begins"),
        ("phy", "reception ends"),
        ("phy", "collision presence on"),
        ("phy", "collision presence off"),
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
        return known.format_map(_Fields(event.fields))
    fields = " ".join(f"{key}={_value(value)}" for key, value in event.fields.items())
    return f"{event.kind}: {fields}" if fields else event.kind


class _Fields(dict[str, FieldValue]):
    """A field that an event lacks shows as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


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
