"""Captures read again: the packets of a pcapng file of a run folder, in the order of time."""

import struct
import warnings
from calendar import timegm
from contextlib import suppress
from pathlib import Path
from time import strptime
from typing import NamedTuple

from pcapng import FileScanner
from pcapng.blocks import EnhancedPacket, SectionHeader
from pcapng.exceptions import PcapngException, TruncatedFile

from sim.record.capture import COMMENT_OF_EPOCH
from sim.record.reading import ReadingError


class Packet(NamedTuple):
    """A packet of a capture."""

    ns: int
    """Simulated time."""
    interface: str
    """Where it was captured: `pc-received`, `pc-sent`, `yellow`."""
    octets: bytes


def packets(path: Path) -> list[Packet]:
    """All packets of the file at `path`, without FCS; a last one that a killed run has cut is left out.

    Raises ReadingError for a file that no run has written.
    """
    try:
        return _packets(path)
    except (ValueError, KeyError, IndexError, struct.error, PcapngException) as error:
        raise ReadingError(f"{path}: is no capture of a run: {error}") from None


def _packets(path: Path) -> list[Packet]:
    found: list[Packet] = []
    quiet = warnings.catch_warnings(action="ignore", category=DeprecationWarning)  # the library's, of itself
    with quiet, path.open("rb") as file, suppress(TruncatedFile):
        epoch_ns = 0
        for block in FileScanner(file):
            if isinstance(block, SectionHeader):
                begin = strptime(block.options["opt_comment"], COMMENT_OF_EPOCH)
                epoch_ns = timegm(begin) * 10**9
            if isinstance(block, EnhancedPacket):
                options = block.interface.options
                fcs = options.get("if_fcslen", 0) or 0
                ns = (block.timestamp_high << 32) + block.timestamp_low - epoch_ns
                octets = block.packet_data[: len(block.packet_data) - fcs] if fcs else block.packet_data
                found.append(Packet(ns, options["if_name"], octets))
    return sorted(found, key=lambda packet: packet.ns)
