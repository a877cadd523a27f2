"""Link integrity, row H17, at the pins of its circuit: an AUI has no link pulses. A tick is a millisecond."""

from collections.abc import Callable
from typing import Any

from bench import Clocked
from library import Instance

from sim.engine.compiled.build import module_library
from sim.engine.compiled.toolchain import toolchain

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]


class Link:
    """The circuit on either engine."""

    def __init__(self, engine: str, loss_ms: int, good_pulses: int) -> None:
        name = "link_integrity"
        compiled = engine == "compiled"
        self._pins = Instance(name, module_library(name, toolchain())) if compiled else Clocked(name)
        self._pins.set(link_loss_ms=loss_ms, good_pulses=good_pulses)
        self._pulse = 0

    def wait(self, ms: int, **inputs: int) -> None:
        """Let time pass."""
        for _ in range(ms):
            self._pins.tick(**inputs)

    def pulse(self) -> None:
        """A link pulse comes."""
        self._pulse ^= 1
        self._pins.set(pulse=self._pulse)

    @property
    def up(self) -> bool:
        """The link is alive."""
        return bool(self._pins["link_up"])

    def pulses_to_recover(self, spacing_ms: int) -> int:
        """How many pulses bring it back; 99 if none do."""
        for number in range(1, 40):
            self.pulse()
            self.wait(spacing_ms)
            if self.up:
                return number
        return 99


def test_H17_link_integrity(engine: str, pick: Pick, measured: Measured) -> None:
    lost = []
    for loss, good in pick(((50, 2), (100, 5), (147, 10)), ((50, 2),)):
        link = Link(engine, loss, good)
        link.wait(5, receiving=1)
        assert link.up, "a frame brings it back at once"
        link.wait(5, receiving=0)
        link.pulse()
        silence = 0
        while link.up:
            link.wait(1)
            silence += 1
        lost.append(silence)
        assert loss <= silence <= loss + 4
        assert link.pulses_to_recover(1) == 99, "too close together: noise"
        link.wait(2 * loss)
        for spacing in (8, 16, 24):
            assert good <= link.pulses_to_recover(spacing) <= min(good + 1, 10)
            link.wait(2 * loss)
            assert not link.up
    assert all(50 <= ms <= 150 for ms in lost)
    measured(
        f"fails after {', '.join(map(str, lost))} ms (50, 100, 147); 2, 5, 10 pulses 8 to 24 ms apart recover"
    )
