"""Captures in pcapng, in simulated time: nanoseconds since a clock that starts at 0.

A segment's file holds what passed its first tap, a pair's what each end sent into it, with preamble, SFD and
FCS (link type 274, mPackets of 802.3 clause 99: an ordinary frame is one); what collisions left has no header
to dissect and goes to an interface of its own, with a comment for each. A host's file holds what its driver
received, FCS included, and what it handed over to be sent, which has no FCS yet.

python-pcapng writes a file's header and interfaces. Packets are put together here: it takes 80 us for one, as
long as 800 bits of cable.
"""

import struct
import warnings
from collections.abc import Sequence
from pathlib import Path

from pcapng import FileWriter, blocks

from sim.record.frames import is_fragment
from sim.record.wire import WireFrame

LINKTYPE_ETHERNET = 1
LINKTYPE_USER0 = 147
LINKTYPE_ETHERNET_MPACKET = 274
_NANOSECONDS = b"\x09"
_SPEED = 10_000_000
_FCS_LENGTH = 4
_RECEIVED, _SENT = struct.pack("<I", 1 | _FCS_LENGTH << 5), struct.pack("<I", 2)
"""Flags: inbound with this many octets of FCS, outbound."""
_PACKET = struct.Struct("<7I")
"""Enhanced Packet Block: type, length, interface, time (two words), octets here, octets in all."""
_PACKET_TYPE = 6
_LENGTH = struct.Struct("<I")
_OPTION = struct.Struct("<2H")
_COMMENT, _FLAGS = 1, 2


class _Capture:
    """One file; subclasses name its interfaces."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._section = blocks.SectionHeader(options={"shb_userappl": "thicknet"})
        self._writer = FileWriter(self._file, self._section)

    def _interface(self, link_type: int, name: str, description: str, **options: int) -> int:
        """Describe an interface and return its number."""
        with warnings.catch_warnings(
            action="ignore", category=DeprecationWarning
        ):  # the library's, of itself
            block = self._section.new_member(
                blocks.InterfaceDescription,
                link_type=link_type,
                options={
                    "if_name": name,
                    "if_description": description,
                    "if_speed": _SPEED,
                    "if_tsresol": _NANOSECONDS,
                    **options,
                },
            )
            self._writer.write_block(block)
        return int(block.interface_id)

    def _packet(self, interface: int, ps: int, octets: bytes, option: int = 0, value: bytes = b"") -> None:
        """Write a packet with one option or none (code 0)."""
        ns = -(-ps // 1000)
        data = _padded(octets)
        if option:
            data += _OPTION.pack(option, len(value)) + _padded(value) + _OPTION.pack(0, 0)
        length = _PACKET.size + len(data) + _LENGTH.size
        time = ns >> 32, ns & 0xFFFF_FFFF
        self._file.write(
            _PACKET.pack(_PACKET_TYPE, length, interface, *time, len(octets), len(octets))
            + data
            + _LENGTH.pack(length)
        )

    def flush(self) -> None:
        """Have what was written so far on disk."""
        self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class WireCapture(_Capture):
    """What passed the first tap of a segment, or what each of the `senders` at the ends of a pair sent."""

    def __init__(self, path: Path, cable: str, senders: Sequence[str] = ("",)) -> None:
        super().__init__(path)
        self._interfaces: dict[str, tuple[int, int]] = {}
        """By sender: that of frames, and that of fragments."""
        for sender in senders:
            name = f"{cable}-{sender}" if sender else cable
            self._interfaces[sender] = (
                self._interface(LINKTYPE_ETHERNET_MPACKET, name, "frames from preamble to FCS"),
                self._interface(LINKTYPE_USER0, f"{name}-fragments", "what collisions left"),
            )

    def frame(self, frame: WireFrame, sender: str = "") -> None:
        """Record one period of activity, at the instant of its first bit."""
        frames, fragments = self._interfaces[sender]
        if not is_fragment(frame):
            self._packet(frames, frame.start_ps, frame.octets)
            return
        ns = (frame.end_ps - frame.start_ps) // 1000
        comment = f"{len(frame.bits)} bits read, {ns} ns of carrier, "
        comment += f"the voltage of {frame.senders} senders" if frame.collision else "no collision heard here"
        # The bits as they came, the last octet filled up: a fragment need not be whole octets, nor have any.
        octets = frame.bits.tobytes() or b"\0"
        self._packet(fragments, frame.start_ps, octets, _COMMENT, comment.encode())


class HostCapture(_Capture):
    """What the driver of one host received and sent."""

    def __init__(self, path: Path, host: str) -> None:
        super().__init__(path)
        self._received = self._interface(
            LINKTYPE_ETHERNET,
            f"{host}-received",
            "frames with FCS, as the adapter left them",
            if_fcslen=_FCS_LENGTH,
        )
        self._sent = self._interface(
            LINKTYPE_ETHERNET, f"{host}-sent", "frames without FCS, as handed to the adapter", if_fcslen=0
        )

    def received(self, ps: int, octets: bytes, fcs: bytes) -> None:
        """Record a frame that the driver took from its ring."""
        self._packet(self._received, ps, octets + fcs, _FLAGS, _RECEIVED)

    def sent(self, ps: int, octets: bytes) -> None:
        """Record a frame that the driver put into its ring."""
        self._packet(self._sent, ps, octets, _FLAGS, _SENT)


def _padded(octets: bytes) -> bytes:
    """Whole words."""
    return octets + bytes(-len(octets) % 4)
