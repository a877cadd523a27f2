"""Simulated times on a command line, such as `2 s` or `1.5ms`."""

import click

from sim.scenario.quantities import time_ns


class SimulatedTime(click.ParamType[int]):
    """A simulated time in nanoseconds: not below zero, or above it."""

    name = "time"

    def __init__(self, above: int = -1) -> None:
        self._above = above

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; what is none is a sentence."""
        try:
            ns = time_ns(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if ns <= self._above:
            self.fail("must be above 0" if self._above == 0 else "must not be negative", param, ctx)
        return ns
