"""Row H17, clause 14.2.1.7: a twisted pair's link fails and recovers by its timers."""

import pytest
from bench import Clocked

LOSS_MS = 100
PULSES = 4
PERIOD_MS = 16
"""Between two link pulses: 8 to 24 ms."""


class Link(Clocked):
    """The circuit on a clock of 1 ms. It begins with a failed link."""

    def __init__(self, **straps: int) -> None:
        super().__init__("link_integrity", **{"link_loss_ms": LOSS_MS, "good_pulses": PULSES} | straps)

    def wait(self, ms: int) -> None:
        for _ in range(ms):
            self.tick()

    def pulses(self, count: int, period_ms: int = PERIOD_MS) -> list[int]:
        """The link after each of `count` pulses."""
        shown = []
        for _ in range(count):
            self.set(pulse=1 - self["pulse"])
            self.wait(period_ms)
            shown.append(self["link_up"])
        return shown

    def frame(self) -> None:
        self.tick(receiving=1)
        self.wait(3)
        self.tick(receiving=0)
        self.wait(3)

    def loss_ms(self, most: int = 300) -> int:
        """How long the link stays up from now on."""
        for ms in range(most):
            if not self["link_up"]:
                return ms
            self.tick()
        return most


@pytest.mark.parametrize("good_pulses", [2, 3, 10])
@pytest.mark.parametrize("period_ms", [8, 16, 24])
def test_h17_link_recovers_with_2_to_10_pulses(good_pulses: int, period_ms: int) -> None:
    link = Link(good_pulses=good_pulses)
    link.wait(40)
    assert link.pulses(good_pulses + 2, period_ms) == [0] * (good_pulses - 1) + [1] * 3


@pytest.mark.parametrize("link_loss_ms", [50, 100, 147])
def test_h17_link_fails_after_50_to_150_ms_without_pulses(link_loss_ms: int) -> None:
    link = Link(link_loss_ms=link_loss_ms)
    link.frame()
    assert link["link_up"]
    link.pulses(3)
    lost = link.loss_ms() + PERIOD_MS
    assert link_loss_ms <= lost <= min(link_loss_ms + 3, 150)


def test_h17_pulses_keep_the_link() -> None:
    link = Link()
    link.frame()
    assert set(link.pulses(20, 24)) == {1}


def test_h17_frames_keep_the_link() -> None:
    link = Link()
    for _ in range(10):
        link.frame()
        link.wait(40)
        assert link["link_up"]


def test_h17_frame_brings_the_link_back_at_once() -> None:
    link = Link()
    link.frame()
    assert link["link_up"]


def test_h17_so_does_one_between_two_ticks() -> None:
    link = Link()
    for _ in range(3):
        link.tick(frame=1 - link["frame"])
        link.wait(3)
        assert link["link_up"]
        assert link["frame_seen"] == link["frame"]
        assert link.loss_ms() <= LOSS_MS + 1


@pytest.mark.parametrize(("period_ms", "up"), [(1, 0), (2, 0), (3, 1), (7, 1)])
def test_h17_pulses_too_close_together_are_noise(period_ms: int, up: int) -> None:
    link = Link()
    link.wait(40)
    assert link.pulses(30, period_ms)[-1] == up


def test_h17_noise_among_pulses_begins_the_row_anew() -> None:
    link = Link()
    link.wait(40)
    link.pulses(PULSES - 2)
    link.pulses(1, 1)
    assert link.pulses(PULSES + 1)[-2:] == [0, 1]


def test_h17_pulses_too_far_apart_are_no_row() -> None:
    """The silence between two of them is that after which a link fails."""
    link = Link()
    assert set(link.pulses(2 * PULSES, LOSS_MS + 1)) == {0}
