"""The link integrity test, clause 14.2.1.7: whether the other end of a twisted pair works.

An idle transmitter sends a link pulse every 16 +- 8 ms. A receiver that gets neither a pulse nor a frame for
`link_loss_ms` takes the link as failed. It is up again with a frame, or after `good_pulses` in a row that are
neither too close together (less than `LEAST_MS` apart, which is noise) nor too far apart.

Time is counted on a clock of about 1 kHz. Most frames, and all pulses, are shorter than a tick, so they come
as toggles: `frame` changes when one has ended, once the change before has been seen. A link fails up to three
ticks after `link_loss_ms`, which therefore is at most 147.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register

LEAST_MS = 3
"""link_test_min: 2 to 7 ms."""


@block
def link_integrity(
    link_clk: Annotated[Sig, clock("1 kHz")],
    pulse: Annotated[Sig, into(1, "changes with each link pulse")],
    receiving: Annotated[Sig, into(1, "a frame is coming in")],
    frame: Annotated[Sig, into(1, "changes when a frame has ended")],
    link_loss_ms: Annotated[Sig, into(8, "strap: silence after which the link has failed; 50 to 147")],
    good_pulses: Annotated[Sig, into(4, "strap: pulses in a row that restore the link; 2 to 10")],
    frame_seen: Annotated[Sig, out(1, "follows frame")],
    link_up: Annotated[Sig, out(1, "the link is up")],
) -> Any:
    """Link integrity test."""
    pulse_meta = register(1)
    pulse_now = register(1)
    pulse_seen = register(1)
    receiving_meta = register(1)
    frame_meta = register(1)
    active = register(1)
    silence = register(8)
    good = register(4)

    @always(link_clk.posedge)
    def test() -> None:
        pulse_meta.next = pulse
        pulse_now.next = pulse_meta
        pulse_seen.next = pulse_now
        receiving_meta.next = receiving
        frame_meta.next = frame
        frame_seen.next = frame_meta
        active.next = receiving_meta or (frame_meta != frame_seen)
        if active:
            link_up.next = True
            silence.next = 0
            good.next = 0
        elif pulse_now != pulse_seen:
            silence.next = 0
            if link_up or silence + 1 < LEAST_MS:
                # Noise starts the count again, and while the link is up pulses only keep it up.
                good.next = 0
            elif good + 1 == good_pulses:
                link_up.next = True
                good.next = 0
            else:
                good.next = good + 1
        elif silence + 1 == link_loss_ms:
            link_up.next = False
            good.next = 0
        else:
            silence.next = silence + 1

    return test
