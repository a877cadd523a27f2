"""Captures in pcapng, in nanoseconds: simulated time 0 is the instant at which `time.time()` begins.

All interfaces of a file have one link type, since libpcap refuses a file with two. A segment's file holds the
frames that passed its first tap, a pair's those that each end sent into it, from destination address to FCS
(Ethernet, which every reader knows); a preamble that is not 7 octets long is named in a comment. What
collisions left has no header to dissect and goes to a file of its own, made when there is something to put
into it: Wireshark's exported PDUs, which can say in the list of packets what each of them is. A host's file
holds what its driver received, FCS included, and what it handed over to be sent, which has no FCS yet.

python-pcapng writes a file's header and interfaces. Packets are put together here: it takes 80 us for one, as
long as 800 bits of cable.
"""

import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from time import gmtime, strftime

from pcapng import FileWriter, blocks

from journal.words import counted
from sim.os.clock import EPOCH_NS
from sim.record.frames import fcs_is_good
from sim.record.wire import WireFrame

LINKTYPE_ETHERNET = 1
LINKTYPE_WIRESHARK_UPPER_PDU = 252
COMMENT_OF_EPOCH = "simulated time 0 is %Y-%m-%d %H:%M:%S UTC"
_NANOSECONDS = b"\x09"
_SPEED = 10_000_000
_FCS_LENGTH = 4
_RECEIVED, _SENT = struct.pack("<I", 1 | _FCS_LENGTH << 5), struct.pack("<I", 2)
"""Flags: inbound with this many octets of FCS, outbound."""
_CRC_ERROR = struct.pack("<I", _FCS_LENGTH << 5 | 1 << 24)
_HEADER_BITS = 64
"""Preamble and SFD."""
_PACKET = struct.Struct("<7I")
"""Enhanced Packet Block: type, length, interface, time (two words), octets here, octets in all."""
_PACKET_TYPE = 6
_LENGTH = struct.Struct("<I")
_OPTION = struct.Struct("<2H")
_COMMENT, _FLAGS = 1, 2
_TAG = struct.Struct(">2H")
_END_OF_TAGS, _DISSECTOR, _PROTOCOL_COLUMN = 0, 12, 33
"""Tags of an exported PDU: type and length, both big-endian."""


class _Capture:
    """One file; subclasses name its interfaces."""

    def __init__(self, path: Path, epoch_ns: int) -> None:
        self._file = path.open("wb")
        self._epoch_ns = epoch_ns
        comment = strftime(COMMENT_OF_EPOCH, gmtime(epoch_ns // 10**9))
        self._section = blocks.SectionHeader(options={"opt_comment": comment, "shb_userappl": "thicknet"})
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

    def _packet(self, interface: int, ps: int, octets: bytes, *options: tuple[int, bytes]) -> None:
        """Write a packet with these options, each a code and its value."""
        ns = self._epoch_ns - (-ps // 1000)
        data = _padded(octets)
        if options:
            data += b"".join(_OPTION.pack(code, len(value)) + _padded(value) for code, value in options)
            data += _OPTION.pack(0, 0)
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
    """Frames that passed a segment's first tap, or that each of the `senders` at the ends of a pair sent."""

    def __init__(
        self, path: Path, cable: str, senders: Sequence[str] = ("",), epoch_ns: int = EPOCH_NS
    ) -> None:
        super().__init__(path, epoch_ns)
        self._interfaces = {
            sender: self._interface(
                LINKTYPE_ETHERNET,
                f"{cable}-{sender}" if sender else cable,
                "frames from destination address to FCS",
                if_fcslen=_FCS_LENGTH,
            )
            for sender in senders
        }

    def frame(self, frame: WireFrame, sender: str = "") -> None:
        """Record a frame, at the instant of its first bit."""
        octets = frame.frame
        options = []
        if frame.data_bit != _HEADER_BITS:
            options.append((_COMMENT, f"preamble and SFD of {frame.data_bit} bits".encode()))
        if not fcs_is_good(octets):
            options.append((_FLAGS, _CRC_ERROR))
        self._packet(self._interfaces[sender], frame.start_ps, octets, *options)


class FragmentCapture(_Capture):
    """What collisions left on a cable, with `senders` as above."""

    def __init__(
        self, path: Path, cable: str, senders: Sequence[str] = ("",), epoch_ns: int = EPOCH_NS
    ) -> None:
        super().__init__(path, epoch_ns)
        self._interfaces = {
            sender: self._interface(
                LINKTYPE_WIRESHARK_UPPER_PDU,
                f"{cable}-{sender}-fragments" if sender else f"{cable}-fragments",
                "what collisions left",
            )
            for sender in senders
        }

    def fragment(self, frame: WireFrame, sender: str = "") -> None:
        """Record one period of activity, at the instant of its first bit."""
        bits = counted(len(frame.bits), "bit")
        meeting = f"voltage of {frame.senders} senders" if frame.collision else "no collision here"
        ns = (frame.end_ps - frame.start_ps) // 1000
        comment = f"{bits} read, {ns} ns of carrier, {meeting}"
        shown = f"fragment: {bits}, {meeting}"
        # The bits as they came, the last octet filled up: a fragment need not be whole octets, nor have any.
        octets = _tag(_DISSECTOR, "data") + _tag(_PROTOCOL_COLUMN, shown) + _tag(_END_OF_TAGS, "")
        octets += frame.bits.tobytes()
        self._packet(self._interfaces[sender], frame.start_ps, octets, (_COMMENT, comment.encode()))


class HostCapture(_Capture):
    """What the driver of one host received and sent."""

    def __init__(self, path: Path, host: str, epoch_ns: int = EPOCH_NS) -> None:
        super().__init__(path, epoch_ns)
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
        self._packet(self._received, ps, octets + fcs, (_FLAGS, _RECEIVED))

    def sent(self, ps: int, octets: bytes) -> None:
        """Record a frame that the driver put into its ring."""
        self._packet(self._sent, ps, octets, (_FLAGS, _SENT))


def _padded(octets: bytes) -> bytes:
    """Whole words."""
    return octets + bytes(-len(octets) % 4)


def _tag(code: int, text: str) -> bytes:
    """One tag of an exported PDU, its value in whole words."""
    value = _padded(text.encode())
    return _TAG.pack(code, len(value)) + value
