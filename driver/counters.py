"""What a driver counts: frames, octets and errors by reason, as `/proc/net/dev` and `ip -s link` show them.

Descriptors say of every frame how it went. The tables below name each bit's reason and its counter; the
first that applies is a frame's reason, so that errors add up. What the adapter itself counts (RFC 2665) is
read from it by `adapter_counters`.
"""

from dataclasses import dataclass

from driver.bus import Job, Read
from driver.registers import Counter, RxStatus, TxStatus

_BROADCAST = b"\xff" * 6


@dataclass
class Counters:
    """Since the driver's start; octets from destination to data, without FCS."""

    rx_packets: int = 0
    rx_bytes: int = 0
    rx_multicast: int = 0
    """Of the packets, those to a group that is not everybody."""
    rx_errors: int = 0
    rx_missed: int = 0
    """Interrupts that reported frames for which no receive buffer was empty."""
    rx_overruns: int = 0
    rx_crc_errors: int = 0
    rx_alignment_errors: int = 0
    rx_symbol_errors: int = 0
    rx_too_long: int = 0
    rx_too_short: int = 0
    rx_length_field_errors: int = 0
    rx_late_collisions: int = 0
    rx_dribble: int = 0
    """Good frames that came with up to seven bits too many."""
    rx_pause: int = 0
    tx_packets: int = 0
    tx_bytes: int = 0
    tx_errors: int = 0
    tx_dropped: int = 0
    """Frames that were refused, or found the queue full."""
    collisions: int = 0
    tx_deferred: int = 0
    tx_underruns: int = 0
    tx_excessive_collisions: int = 0
    tx_late_collisions: int = 0
    tx_carrier_lost: int = 0
    tx_excessive_deferrals: int = 0
    tx_pause: int = 0

    def sent(self, octets: int) -> None:
        """A frame of this many octets has left."""
        self.tx_packets += 1
        self.tx_bytes += octets

    def received(self, frame: bytes) -> None:
        """A good frame has come."""
        self.rx_packets += 1
        self.rx_bytes += len(frame)
        self.rx_multicast += frame[0] & 1 and frame[:6] != _BROADCAST

    def count(self, name: str) -> None:
        """Add one to the counter `name`."""
        setattr(self, name, getattr(self, name) + 1)


_RX_ERRORS = (
    (RxStatus.OR, "overrun", "rx_overruns"),
    (RxStatus.LC, "late collision", "rx_late_collisions"),
    (RxStatus.TL, "frame too long", "rx_too_long"),
    (RxStatus.SF, "frame too short", "rx_too_short"),
    (RxStatus.IS, "invalid symbol", "rx_symbol_errors"),
    # Clause 4.2.4.2.1: both are alignment errors; odd bits after a good FCS are no error at all.
    (RxStatus.CRC | RxStatus.DN, "alignment error", "rx_alignment_errors"),
    (RxStatus.CRC, "bad FCS", "rx_crc_errors"),
    (RxStatus.LE, "length error", "rx_length_field_errors"),
)
_TX_ERRORS = (
    (TxStatus.RL, "excessive collisions", "tx_excessive_collisions"),
    (TxStatus.LC, "late collision", "tx_late_collisions"),
    (TxStatus.ED, "excessive deferral", "tx_excessive_deferrals"),
    (TxStatus.UR, "underrun", "tx_underruns"),
    (TxStatus.CS, "carrier lost", "tx_carrier_lost"),
)
LENGTH_ERROR = _RX_ERRORS[-1][1:]
"""Reason and counter of a frame that is shorter than its length field says."""


def receive_error(word: int) -> tuple[str, str] | None:
    """Reason and counter of what is wrong with a received frame, from its descriptor's first word."""
    return _first(word, _RX_ERRORS)


def transmit_error(word: int) -> tuple[str, str] | None:
    """Reason and counter of what went wrong with a sent frame, from its descriptor's first word."""
    return _first(word, _TX_ERRORS)


def _first(word: int, table: tuple[tuple[int, str, str], ...]) -> tuple[str, str] | None:
    for bits, reason, counter in table:
        if word & bits == bits:
            return reason, counter
    return None


def adapter_counters() -> Job[dict[str, int]]:
    """Read all counters of the adapter; their names are RFC 2665's, in the register map's order."""
    values: dict[str, int] = {}
    for counter in Counter:
        value = yield Read(counter)
        assert value is not None
        values[counter.name.lower()] = value
    return values
