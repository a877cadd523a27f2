"""Command lines of programs, read the same way before a run, to check them, and inside it."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class UsageAsked(Exception):
    """The command line asks for help; `str` is the usage."""


class CommandLine(argparse.ArgumentParser):
    """A parser that raises instead of leaving the interpreter: ValueError with a sentence, or UsageAsked."""

    def __init__(self, name: str) -> None:
        super().__init__(prog=name, add_help=False, allow_abbrev=False)
        self.add_argument("--help", action=_Help, nargs=0, default=argparse.SUPPRESS, help=argparse.SUPPRESS)

    def usage_line(self) -> str:
        """What argparse makes several lines of."""
        return " ".join(self.format_usage().split())

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how the command line should look."""
        raise ValueError(f"{self.prog}: {message} ({self.usage_line()})")


class _Help(argparse.Action):
    """`--help`."""

    def __call__(self, parser: argparse.ArgumentParser, *others: object) -> None:
        assert isinstance(parser, CommandLine)
        raise UsageAsked(parser.usage_line())


def between(low: float, high: float, kind: type[int] | type[float] = int) -> "Between":
    """An argument type: a number of `kind` in this range, limits included."""
    return Between(low, high, kind)


class Between:
    """See `between`."""

    def __init__(self, low: float, high: float, kind: type[int] | type[float]) -> None:
        self._low, self._high, self._kind = low, high, kind

    def __call__(self, text: str) -> int | float:
        try:
            value = self._kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
        if not self._low <= value <= self._high:
            raise argparse.ArgumentTypeError(f"{text} is not between {self._low} and {self._high}")
        return value


PORT = between(1, 65_535)


@contextmanager
def listening(program: str, port: int) -> Iterator[None]:
    """Around what binds a server's sockets: what goes wrong there is a sentence and exit status 1."""
    try:
        yield
    except OSError as error:
        raise SystemExit(f"{program}: port {port}: {error.strerror}") from None
