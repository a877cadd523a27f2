"""Events of an adapter, read off the lines of its MAC and its interrupt line."""

from hw.nets import Net
from hw.phy.recording import AdapterLinkDecoder
from hw.recording import Decoder, Recording, Take
from journal.kind import EventKind, Fields, SlotTimes

SQE_TEST_PS = 4_000_000
"""Within this time after its own transmission the MAU tests its collision signal, and there is no collision:
the least window of clause 7.2.4.6."""


class _Mac(EventKind, layer="mac"):
    """Of the MAC."""


class TransmissionBegins(_Mac, kind="transmission begins"):
    """the line is free: transmission begins, attempt {attempt}"""

    attempt: int = 0
    """Absent where nothing in the MAC counts them."""
    full_duplex: bool = False
    """It begins whether the line is free or not; absent in half duplex."""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """What of it means something in this mode."""
        if fields.get("full_duplex"):
            return "transmission begins, in full duplex"
        return super().template(fields) if "attempt" in fields else "the line is free: transmission begins"


class TransmissionEnds(_Mac, kind="transmission ends", quiet=True):
    """transmission ends"""


class CollisionDetected(_Mac, kind="collision detected"):
    """collision detected"""

    sending: bool
    """The station has a part in it."""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """Whose it is."""
        return super().template(fields) + ("" if fields["sending"] else ": others send at the same time")


class SqeTestHeard(_Mac, kind="SQE test heard"):
    """hears the SQE test of its MAU: the collision signal works (it is no collision)"""


class Jam(_Mac, kind="jam"):
    """jam: 32 more bits, so that every station detects the collision"""


class Backoff(_Mac, kind="backoff"):
    """backoff after collision {collisions}: waits {slots}"""

    slots: SlotTimes
    collisions: int


class ForeignFrameIgnored(_Mac, kind="foreign frame ignored"):
    """the frame is for another station: the rest is ignored"""


class _Adapter(EventKind, layer="adapter"):
    """Of the interrupt line."""


class InterruptRaised(_Adapter, kind="interrupt raised"):
    """interrupt"""


class InterruptCleared(_Adapter, kind="interrupt cleared", quiet=True):
    """the interrupt line is low"""


_LINES: dict[str, tuple[type[EventKind] | None, type[EventKind]]] = {
    # line: event when it falls, event when it rises
    "tx_en": (TransmissionEnds, TransmissionBegins),
    "col": (None, CollisionDetected),
    "irq": (InterruptCleared, InterruptRaised),
}
_NUMBERS = ("attempts", "backoff_slots")
_STATES: dict[str, dict[tuple[str, str], type[EventKind]]] = {
    # machine: event by the state it enters, or by the one it leaves and the one it enters
    "transmit_state": {("", "JAM"): Jam},
    "receive_state": {("DATA", "SKIP"): ForeignFrameIgnored},
}


class AdapterDecoder(Decoder):
    """What one adapter does. What changes in one instant is judged together.

    `attempts` counts the collisions of the frame at hand (clause 4.2.8's variable of that name); it is
    raised when `backoff_slots` is drawn. A MAC of one's own may have no such register, and no states.
    """

    def __init__(self, box: str) -> None:
        super().__init__(box)
        self._values: dict[str, int] = {}
        self._ps = 0
        self._sent_ps = -SQE_TEST_PS
        """When its last transmission ended."""
        self._sending = self._full_duplex = False
        self._kinds: list[type[EventKind]] = []
        """What happened in this instant."""

    def line(self, net: Net) -> Take | None:
        """See `Decoder.line`."""
        if net.signal in _STATES:
            return self._state_line(net)
        if net.signal in _NUMBERS:
            return self._number_line(net)
        if net.signal == "full_duplex":
            self._set_mode(0, net.initial)
            return self._set_mode
        return self._line(net) if net.signal in _LINES else None

    def _set_mode(self, ps: int, value: int) -> None:
        self._full_duplex = bool(value)

    def _line(self, net: Net) -> Take:
        kinds = _LINES[net.signal]

        def change(ps: int, value: int) -> None:
            if net.signal == "tx_en":
                self._advance(ps)
                self._sending = bool(value)
                self._sent_ps = self._sent_ps if value else ps
            elif net.signal == "col" and ps < self._sent_ps + SQE_TEST_PS:
                if value:
                    self._happens(ps, SqeTestHeard)
                return
            kind = kinds[value]
            if kind:
                self._happens(ps, kind)

        return change

    def _state_line(self, net: Net) -> Take:
        kinds = _STATES[net.signal]
        names = [name.upper() for name in net.states]
        state = names[net.initial]

        def change(ps: int, value: int) -> None:
            nonlocal state
            before, state = state, names[value]
            kind = kinds.get((before, state)) or kinds.get(("", state))
            if kind:
                self._happens(ps, kind)

        return change

    def _number_line(self, net: Net) -> Take:
        self._values[net.signal] = net.initial

        def change(ps: int, value: int) -> None:
            self._advance(ps)
            self._values[net.signal] = value
            if net.signal == "attempts" and value > 0:
                self._happens(ps, Backoff)

        return change

    def _happens(self, ps: int, kind: type[EventKind]) -> None:
        self._advance(ps)
        self._kinds.append(kind)

    def _advance(self, ps: int) -> None:
        if ps != self._ps:
            self.settle()
            self._ps = ps

    def settle(self) -> None:
        """See `Decoder.settle`."""
        kinds, self._kinds = self._kinds, []
        for kind in kinds:
            if kind is TransmissionBegins:
                counted = {"attempt": self._values["attempts"] + 1} if "attempts" in self._values else {}
                mode = {"full_duplex": True} if self._full_duplex else {}
                self.report(self._ps, kind, **counted, **mode)
            elif kind is CollisionDetected:
                self.report(self._ps, kind, sending=self._sending)
            elif kind is Backoff:
                collisions = self._values["attempts"]
                self.report(self._ps, kind, slots=self._values["backoff_slots"], collisions=collisions)
            else:
                self.report(self._ps, kind)


RECORDING = Recording((AdapterDecoder, AdapterLinkDecoder))
