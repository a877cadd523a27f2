"""The status words that the MAC reports with each frame, with the names of OpenCores' descriptors."""

STATUS_BITS = 10

TX_STATUS = "status of that frame: 9 ED, 8 CS, 7-4 RTRY, 3 RL, 2 LC, 1 DF, 0 UR"
TX_UR = 0
"""Underrun: a word was not there in time."""
TX_DF = 1
"""The frame was deferred to another station before its first attempt."""
TX_LC = 2
"""A late collision."""
TX_RL = 3
"""The limit of retries was reached."""
TX_RTRY = 4
"""The lowest of four bits: the number of retries."""
TX_CS = 8
"""Carrier was missing while the frame was sent."""
TX_ED = 9
"""Excessive deferral: the frame was given up."""
TX_ERRORS = 1 << TX_ED | 1 << TX_CS | 1 << TX_RL | 1 << TX_LC | 1 << TX_UR
"""The frame was not sent well."""

RX_STATUS = (
    "status of that frame: 9 LC, 8 LE (length field), 7 CF (control frame), 6 IS (invalid symbol), "
    "5 SF (runt), 4 M (foreign address), 3 OR, 2 DN (alignment error), 1 TL, 0 CRC"
)
RX_CRC = 0
"""The FCS is wrong."""
RX_TL = 1
"""Too long."""
RX_DN = 2
"""Dribbling nibble: an odd number of nibbles and a wrong FCS."""
RX_OR = 3
"""Overrun: a word was lost."""
RX_M = 4
"""Miss: the address matches only because of PRO."""
RX_SF = 5
"""Short frame, a runt."""
RX_IS = 6
"""Invalid symbol: the PHY signalled an error."""
RX_CF = 7
"""A control frame."""
RX_LE = 8
"""The length field is greater than the data."""
RX_LC = 9
"""A late collision."""
