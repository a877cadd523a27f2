"""A switch's fabric: the wires between its ports and its core, and the packet memory behind them.

Nothing is decided here. Lines of ports are bundled for the core, a bit per port: who wants to store a word
or to fetch one, who offers a frame to the relay, who has a link, room in the queue, nothing to do. The other
way a bit of a bundle goes to its port. What several ports would drive, the granted one drives: address and
word of a memory access, header and place of an offered frame.

The packet memory is an asynchronous RAM with a port to write by and a port to read by, a word of 32 bits an
access, the first octet on top. A grant is the access: the word is there before the next tick. A copy that is
given back is told to the port that owns the buffer, which alone would know its number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hw.analogue.events import on_change

Wires = Mapping[str, Any]

WORD_OCTETS = 4

PORT_PINS = (
    *("store_request", "slot", "store_index", "store_word", "store_granted"),
    *("offer", "header_0", "header_1", "header_2", "length", "early", "taken_early", "early_port", "sound"),
    *("served", "copies", "found_port", "returned", "returned_buffer"),
    *("fetch_request", "give_back", "fetch_owner", "fetch_buffer", "fetch_index", "fetch_granted", "fetched"),
    *("enqueue", "queued", "finish", "refused", "link", "room", "idle"),
)
CORE_PINS = (
    *(
        "store_requests",
        "fetch_requests",
        "any_store_request",
        "any_fetch_request",
        "store_grant",
        "fetch_grant",
    ),
    *("offers", "any_offer", "linked", "rooms", "idle_ports", "serving", "source_port"),
    *("header_0", "header_1", "header_2", "slot", "length", "early", "taken_early", "early_port", "sound"),
    *("served", "copies", "found_port", "enqueue", "queued", "finish", "refused"),
)
"""Wires of a port and of the core, in the order in which the compiled twin takes them."""
_OFFERED = (
    *("header_0", "header_1", "header_2", "slot", "length", "early", "taken_early", "early_port", "sound"),
)
_BUNDLES = {
    "store_request": "store_requests",
    "fetch_request": "fetch_requests",
    "offer": "offers",
    "link": "linked",
    "room": "rooms",
    "idle": "idle_ports",
}
_PULSES = ("enqueue", "finish", "refused")


class Fabric:
    """Joins the wires of `ports` (`PORT_PINS`) with the core's (`CORE_PINS`).

    `octets` is the packet memory: 2**`place_bits` words for each port, in buffers of 2**`index_bits` words.
    """

    def __init__(self, core: Wires, ports: Sequence[Wires], *, index_bits: int, place_bits: int) -> None:
        self.octets = bytearray(len(ports) * WORD_OCTETS << place_bits)
        self._core = core
        self._ports = ports
        self._index_bits = index_bits
        self._place_bits = place_bits
        self._storing = self._fetching = self._owner = self._served = 0
        """Ports, by their numbers, that have a pulse or had the last one."""
        for line, bundle in _BUNDLES.items():
            self._gather(line, bundle)
        on_change(core["store_grant"], self._store)
        on_change(core["fetch_grant"], self._fetch)
        on_change(core["serving"], self._show)
        on_change(core["served"], self._serve)
        for pulse in _PULSES:
            self._scatter(pulse)

    def _gather(self, line: str, bundle: str) -> None:
        lines = sum(bool(port[line]) << number for number, port in enumerate(self._ports))

        def follow(bit: int, wire: Any) -> None:
            def change() -> None:
                nonlocal lines
                lines = lines | bit if wire else lines & ~bit
                self._core[bundle].next = lines
                if line == "offer":
                    self._core["any_offer"].next = lines != 0
                elif bundle in ("store_requests", "fetch_requests"):
                    self._core[f"any_{line}"].next = lines != 0

            on_change(wire, change)

        for number, port in enumerate(self._ports):
            follow(1 << number, port[line])

    def _scatter(self, pulse: str) -> None:
        core, before = self._core, 0

        def change() -> None:
            nonlocal before
            bundle = int(core[pulse])
            for number in _numbers(bundle | before):
                self._ports[number][pulse].next = bool(bundle >> number & 1)
                self._ports[number]["queued"].next = int(core["queued"])
            before = bundle

        on_change(core[pulse], change)

    def _store(self) -> None:
        self._ports[self._storing]["store_granted"].next = False
        for number in _numbers(int(self._core["store_grant"])):
            port = self._ports[number]
            word = int(port["store_word"]).to_bytes(WORD_OCTETS, "big")
            self.octets[self._at(number, int(port["slot"]), int(port["store_index"]))] = word
            port["store_granted"].next = True
            self._storing = number

    def _fetch(self) -> None:
        self._ports[self._fetching]["fetch_granted"].next = False
        self._ports[self._owner]["returned"].next = False
        for number in _numbers(int(self._core["fetch_grant"])):
            port = self._ports[number]
            owner, buffer = int(port["fetch_owner"]), int(port["fetch_buffer"])
            if port["give_back"]:
                self._ports[owner]["returned"].next = True
                self._ports[owner]["returned_buffer"].next = buffer
                self._owner = owner
            else:
                word = self.octets[self._at(owner, buffer, int(port["fetch_index"]))]
                port["fetched"].next = int.from_bytes(word, "big")
            port["fetch_granted"].next = True
            self._fetching = number

    def _at(self, number: int, buffer: int, index: int) -> slice:
        first = (number << self._place_bits | buffer << self._index_bits | index) * WORD_OCTETS
        return slice(first, first + WORD_OCTETS)

    def _show(self) -> None:
        for number in _numbers(int(self._core["serving"])):
            for name in _OFFERED:
                wire = self._ports[number][name]
                self._core[name].next = wire.val
            self._core["source_port"].next = number
            self._served = number

    def _serve(self) -> None:
        port = self._ports[self._served]
        port["served"].next = bool(self._core["served"])
        port["copies"].next = int(self._core["copies"])
        port["found_port"].next = int(self._core["found_port"])


def _numbers(bundle: int) -> list[int]:
    """The numbers of the lines of `bundle` that are high."""
    numbers = []
    while bundle:
        numbers.append((bundle & -bundle).bit_length() - 1)
        bundle &= bundle - 1
    return numbers
