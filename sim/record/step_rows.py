"""Rows of text for what software and boxes do: the last step of each layer, in a word.

A host has a row for its programs' calls, one for transport, one for the network layer, an adapter one for
its driver, a switch one for its relay. Several steps of one instant stand together: `SYN-SENT+SYN`. What is
received has `<` in front. A VCD string has no blanks.
"""

from collections.abc import Callable, Iterable, Mapping

from journal.event import Event, FieldValue
from journal.kind import KINDS
from sim.record.waves import Scope, Text

NOTHING = "-"
"""What a row shows at first."""
_LONGEST = 100
_ROWS = {
    **dict.fromkeys(("program", "socket", "dns"), "program"),
    **dict.fromkeys(("tcp", "udp"), "transport"),
    **dict.fromkeys(("ip", "arp", "icmp", "igmp"), "network"),
    "driver": "driver",
    "switch": "relay",
}
"""The row of each layer. What circuits do is in the nets."""
_Fields = Mapping[str, FieldValue]


def _segment(fields: _Fields) -> str:
    length = f"_{fields['length']}" if fields["length"] else ""
    return f"{fields['flags']}{length}"


_WORDS: dict[tuple[str, str], Callable[[_Fields], str]] = {
    ("program", "started"): lambda fields: f"start_{fields['program']}",
    ("program", "ended"): lambda fields: "exit",
    ("program", "output"): lambda fields: "print",
    ("socket", "connected"): lambda fields: "connect()_done",
    ("socket", "peer set"): lambda fields: "connect()",
    ("tcp", "state"): lambda fields: str(fields["new"]),
    ("tcp", "segment sent"): _segment,
    ("tcp", "segment received"): lambda fields: f"<{_segment(fields)}",
    ("tcp", "retransmission"): lambda fields: "RETRANSMISSION",
    ("udp", "datagram sent"): lambda fields: f"UDP_{fields['length']}",
    ("udp", "datagram received"): lambda fields: f"<UDP_{fields['length']}",
    ("ip", "packet sent"): lambda fields: f"IP_to_{fields['destination']}",
    ("ip", "packet received"): lambda fields: f"<IP_from_{fields['source']}",
    ("ip", "packet forwarded"): lambda fields: f"FORWARD_to_{fields['destination']}",
    ("arp", "resolved"): lambda fields: f"cached_{fields['address']}",
    ("driver", "frame to adapter"): lambda fields: f"TX_{fields['octets']}",
    ("driver", "frame sent"): lambda fields: "TX_done",
    ("driver", "frame received"): lambda fields: f"RX_{fields['octets']}",
    ("driver", "interrupt begins"): lambda fields: "interrupt",
    ("driver", "interrupt acknowledged"): lambda fields: str(fields["source"]),
    ("switch", "learns"): lambda fields: f"LEARN_{fields['port']}",
    ("switch", "forwards"): lambda fields: f"FWD_{fields['port']}>{fields['to']}",
    ("switch", "floods"): lambda fields: f"FLOOD_{fields['port']}>{fields['to']}",
    ("switch", "filters"): lambda fields: f"FILTER_{fields['port']}",
}
"""What is said of a kind; of any other its name, of a call with its brackets."""
_CALLS = "socket"
_PREFIXES = {"arp": "ARP_", "icmp": "ICMP_", "igmp": "IGMP_", "dns": "DNS_"}


class StepRows:
    """The rows of `hosts`, their `adapters`, and `switches`."""

    def __init__(self, hosts: Iterable[str], adapters: Iterable[str], switches: Iterable[str]) -> None:
        self.rows = [(Scope(host, ""), row) for host in hosts for row in ("program", "transport", "network")]
        self.rows += [(Scope(adapter, ""), "driver") for adapter in adapters]
        self.rows += [(Scope(switch, ""), "relay") for switch in switches]
        self._known = set(self.rows)
        self._last: dict[tuple[Scope, str], Text] = {}

    def text(self, event: Event) -> Text | None:
        """What the row of an event shows from its instant on; None if it has none."""
        row = _ROWS.get(event.layer)
        if row is None:
            return None
        kind = KINDS.get((event.layer, event.kind))
        place = Scope(event.where, ""), row
        if place not in self._known or kind is None or kind.quiet:
            return None
        text = _word(event)
        last = self._last.get(place)
        if last is not None and last.ps == event.ps:
            text = f"{last.text}+{text}"
        self._last[place] = Text(event.ps, place[0], row, text[:_LONGEST])
        return self._last[place]


def _word(event: Event) -> str:
    word = _WORDS.get((event.layer, event.kind))
    if word is not None:
        text = word(event.fields)
    elif event.layer == _CALLS:
        text = f"{event.kind}()"
    else:
        prefix = _PREFIXES.get(event.layer, "")
        received = event.kind.endswith(" received")
        kind = event.kind.removesuffix(" received").removesuffix(" sent")
        text = f"{'<' if received else ''}{prefix}{kind}"
    return "".join(
        "_" if letter.isspace() else letter for letter in text if letter.isspace() or letter.isprintable()
    )
