"""docs/conformance.md: what the conformance tests measured, row by row.

Tests are named after their rows (`test_R1_...`); what they report through the fixture `measured`, and how
they ended, makes the page. Nothing in it depends on the machine or the time, so that it can be compared.
"""

from dataclasses import dataclass, field

ROWS = {
    "R1": ("frame check sequence", "single bit flips are dropped and counted"),
    "R2": ("runts", "1 to 63 octets with good FCS are not delivered"),
    "R3": ("frames above the maximum", "1519 octets and more are flagged"),
    "R4": ("length errors", "64 octets with a length of 47 to 1500 are flagged, 0 to 46 are not"),
    "R5": ("dribble bits", "1 to 7 bits more, good FCS: accepted"),
    "R6": ("alignment errors", "1 to 7 bits more, bad FCS: counted as such"),
    "R7": ("short and long preamble", "accepted down to a stated minimum, and above 64 bits"),
    "R8": ("no start frame delimiter", "nothing is delivered"),
    "R9": ("addresses", "own, broadcast, group by hash, promiscuous"),
    "R10": ("gap between receptions", "96 and 47 bit times: both frames are delivered"),
    "R11": ("clock and jitter", "±100 ppm, ±18 ns on every edge: no error"),
    "R12": ("collision fragment", "ignored; the frame after it is delivered"),
    "T1": ("preamble and SFD", "exactly 56 and 8 bits, in the right polarity"),
    "T2": ("pad and FCS", "0 to 46 octets of data make 64; another CRC agrees"),
    "T3": ("oversize request", "refused by the driver"),
    "T4": ("end of frame", "high for at least 250 ns, then silence"),
    "T5": ("gap between own frames", "96 bit times; line rate"),
    "T6": ("RST", "whatever the MAC is at breaks off, and it begins as after power-up"),
    "M1": (
        "MII, from PHY to MAC",
        "rx_dv covers the whole SFD: nibbles 5, then D; each for one tick of rx_clk",
    ),
    "M2": (
        "MII, search for the SFD",
        "any number of nibbles before 5 and D, wrong ones too; D alone is none",
    ),
    "M3": ("MII, from MAC to PHY", "15 nibbles 5, then D; 24 ticks of tx_clk between frames"),
    "M4": ("receive clock between frames", "runs if asked for: a MAC that counts on it receives"),
    "H1": ("deference", "no transmission while there is carrier"),
    "H2": ("carrier in part 1 of the gap after a reception", "the gap starts again"),
    "H3": ("carrier in part 2", "transmits at 96 bit times all the same"),
    "H4": ("carrier in the gap after an own frame", "the gap does not start again"),
    "H5": ("SQE test", "0.6 to 1.6 µs after the end; no collision, no new gap; absence counted"),
    "H6": ("collision in preamble or SFD", "96 bits are sent"),
    "H7": ("collision in the data", "32 bits of jam follow at once"),
    "H8": ("late collision", "from 512 bit times on, flagged"),
    "H9": ("16 attempts", "success at the 16th; or excessive collisions and exactly 16 preambles"),
    "H10": ("backoff", "uniform on 0 to 2^min(n,10) - 1 slots of 512 bit times from the end of jam"),
    "H11": ("backoff while the cable is busy", "the wait goes on through carrier, then defers"),
    "H12": ("attempts are counted per frame", "the first collision of the next frame draws 0 or 1"),
    "H13": ("stations are independent", "no two draw the same sequence"),
    "H14": ("excessive deferral", "flagged above 24,288 bit times"),
    "H15": ("two stations that begin at once", "1.6416 collisions on average"),
    "H16": ("jabber", "cut off after 20 to 150 ms, CI on, free after 0.25 to 0.75 s"),
    "H17": ("link integrity", "fails after 50 to 150 ms, recovers after 2 to 10 pulses"),
    "D1": ("preamble regeneration", "40 to 64 bits in, at least 56 and SFD out"),
    "D2": ("data transparency", "the bits are the same, with a bad FCS too"),
    "D3": ("fragment extension", "1 to 95 bits in, 96 out"),
    "D4": ("two ports active", "jam to all within the budget, at least 96 bits"),
    "D5": ("one port left", "that port is silent, the others are jammed to the end"),
    "D6": ("receive collision on a coax port", "the others are jammed, the source is not"),
    "D7": ("partition", "at collision CCLimit + 1; 30 must not; a success clears the count"),
    "D8": ("long collision", "one longer than Tw6 partitions"),
    "D9": ("reconnection", "512 bit times without a collision join a port again, less than 450 do not"),
    "D10": ("MAU jabber lockup", "a transmission is cut after 4 to 7.5 ms for 96 to 116 bit times"),
    "D11": ("delays", "start at most 14.5 bit times, jam 15.5; variability of a bit time"),
    "D12": (
        "four in a row",
        "a gap shrinks by at most 49 bit times; the path delay is the table's within 5 %",
    ),
    "D13": ("elasticity", "1518 octets at ±200 ppm without a slip"),
    "D14": ("heartbeat at a hub", "an SQE test is a collision for it (clause 9.4.1): jam to all others"),
    "B1": ("learning, filtering, flooding", "a frame goes where its destination is, if that is known"),
    "B2": ("a station that moves", "the last port counts"),
    "B3": ("ageing", "300 s, or as set from 10 s on"),
    "B4": ("reserved group addresses", "01-80-C2-00-00-00 to 0F are never forwarded"),
    "B5": ("frames with errors", "bad FCS, runts and frames above the maximum are not forwarded"),
    "B6": ("line rate", "64 and 1518 octets on two pairs of ports at once, none lost"),
    "B7": ("latency", "the frame, or addresses and type in cut-through, and at most 60 bit times"),
    "B8": (
        "overload",
        "buffers are bounded, losses counted; PAUSE in full duplex; a full table harms nobody",
    ),
    "B9": (
        "MAC control frames",
        "PAUSE and all others end in the MAC (clause 31.3): not learnt, not sent on",
    ),
}
"""Rows in the order of the page: what is tested and what passes."""

_HEAD = """# Conformance

Each row's tests drive whole adapters through their ports only: registers, descriptors and host memory on one
side, signals on the cable on the other (`tests/conformance/`). BT is a bit time, 100 ns. What was measured is
the `compiled` engine's; every row also runs on `myhdl`, in a shorter form. `make conformance` runs the tests,
the long forms too, and writes this page.

| row | what | passes | measured | compiled | myhdl |
| --- | --- | --- | --- | --- | --- |
"""
_ORDER = ("FAILED", "known defect", "not yet", "passed")


@dataclass
class Row:
    """What is known of one row: lines measured, and by engine how its tests ended."""

    measured: list[str] = field(default_factory=list)
    verdicts: dict[str, list[str]] = field(default_factory=dict)

    def verdict(self, engine: str) -> str:
        """The worst of the engine's tests; '-' when the row has none there."""
        ended = self.verdicts.get(engine, [])
        for kind in _ORDER:
            found = [text for text in ended if text.startswith(kind)]
            if found:
                return found[0]
        return "–"


def line(row: str, known: Row) -> str:
    """The page's line for `row`."""
    what, passes = ROWS[row]
    cells = (
        row,
        what,
        passes,
        "<br>".join(known.measured),
        known.verdict("compiled"),
        known.verdict("myhdl"),
    )
    return "| " + " | ".join(cells) + " |"


def page(rows: dict[str, Row], before: str = "") -> str:
    """The whole page; rows that were not measured are as they were `before`."""
    old = {row: line_ for row in ROWS for line_ in before.splitlines() if line_.startswith(f"| {row} |")}
    lines = [line(row, rows[row]) if row in rows else old.get(row, line(row, Row())) for row in ROWS]
    return _HEAD + "".join(f"{made}\n" for made in lines)
