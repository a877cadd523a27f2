"""How an adapter is to be set up, and how its driver is written: what whoever makes a driver chooses."""

from dataclasses import dataclass

TX_RING = 4
"""Transmit descriptors, the first of the 128."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices for one adapter."""

    full_duplex: bool = False
    negotiate: bool = False
    """If the PHY can: the duplex mode is what it and the one at the other end of the cable agree upon."""
    flow_control: bool = False
    """PAUSE both ways; full duplex only."""
    station_address: bytes | None = None
    """In place of the ROM's."""
    promiscuous: bool = False
    groups: tuple[bytes, ...] = ()
    """Group addresses to listen to, in addition to broadcast."""
    frames_in_flight: int = TX_RING
    """Transmit descriptors in use at a time, 1 to `TX_RING`. With one, the adapter has nothing to send from a
    frame's end until the interrupt handler has answered it."""
    separate_interrupts: bool = False
    """A handler that was called for a received frame leaves transmissions that have ended to an interrupt of
    their own, and the other way round. Else one handler answers all that came, as Linux's `ethoc` does."""
