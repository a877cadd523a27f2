"""One event of any layer, on one clock: what the timeline prints and `events.jsonl` keeps."""

from collections.abc import Mapping
from dataclasses import dataclass

FieldValue = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, stamped with the instant at which it was decided.

    `where` is a host or a cable; `layer` one of program, socket, tcp, udp, icmp, ip, arp, driver,
    adapter, mac, phy, coax, hub; `kind` what happened, in the field's own words.
    """

    ps: int
    where: str
    layer: str
    kind: str
    fields: Mapping[str, FieldValue]
