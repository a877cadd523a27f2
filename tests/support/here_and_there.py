"""A program that runs on a simulated host and on this machine, and must see the same on both."""

import errno
from collections.abc import Callable
from typing import Any, TypeVar

from link_network import LinkNetwork

T = TypeVar("T")


def simulated(program: Callable[[], T]) -> T:
    """What `program` returns on a simulated host."""
    results: list[T] = []
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("program", lambda argv: results.append(program()))
        outcome = network.run()
        assert outcome.succeeded, network.output("pc", "stderr")
    return results[0]


def both(program: Callable[[], T]) -> T:
    """What `program` returns on a simulated host; it must be what it returns on this machine."""
    result = simulated(program)
    here = program()
    assert result == here, f"simulated {result!r}, here {here!r}"
    return result


def failure(call: Callable[..., object], *arguments: object) -> Any:
    """What a call raises: its class, and its errno if it has one, or else its class alone."""
    try:
        call(*arguments)
    except OSError as error:
        return type(error).__name__, errno.errorcode.get(error.errno or 0, str(error))
    except (TypeError, ValueError, OverflowError) as error:
        return type(error).__name__
    return "nothing"
