"""A program that serves and one that asks, each on a host of its own, stack to stack."""

from collections.abc import Callable
from typing import TypeVar

from link_network import LinkNetwork

T = TypeVar("T")

BEGIN_NS = 10_000_000
"""When the client begins: servers have set up by then."""


def ask(serve: Callable[[], object], client: Callable[[], T], until_ns: int | None = None) -> T:
    """What `client` on host `pc` returns while `serve`, a service, runs on host `server`."""
    answers: list[T] = []
    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("serve", _main(serve), service=True)
        network.hosts["pc"].spawn("client", lambda argv: answers.append(client()), at_ns=BEGIN_NS)
        outcome = network.run(until_ns)
        printed = [*network.output("server", "stderr"), *network.output("pc", "stderr")]
        assert outcome.succeeded, "\n".join([*printed, *map(str, outcome.failures), *outcome.waiting])
    return answers[0]


def _main(serve: Callable[[], object]) -> Callable[[list[str]], None]:
    def main(argv: list[str]) -> None:
        serve()

    return main
