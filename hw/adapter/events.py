"""What the descriptor controller reports to the counters: bits of `happened`, one tick at a time.

Bits from BAD_CRC on describe the received frame and go with RECEIVED.
"""

HAPPENED_BITS = 15
(
    SENT, RECEIVED, LOST, LATE, SQE, DEFER, PAUSE_SENT, PAUSE_RECEIVED,
    BAD_CRC, TL, DN, OR, RUNT, IS, LE,
) = range(HAPPENED_BITS)  # fmt: skip
HAPPENED = (
    "for one tick: 14 LE, 13 IS, 12 runt, 11 OR, 10 DN, 9 TL, 8 wrong FCS, 7 PAUSE received, 6 PAUSE sent, "
    "5 excessive deferral, 4 no SQE test, 3 late collision, 2 no descriptor, 1 frame received, 0 frame sent"
)
