"""Fixtures: networks in virtual time, a stranger who talks to one host, both ends of its connection."""

import types

import pytest
from scapy.layers.inet import TCP
from virtual_link import (
    DEFAULTS,
    SECOND,
    Host,
    Lan,
    Link,
    Stranger,
    connected,
    connecting,
    listening,
    payload,
    states,
)

from stack.parameters import Parameters
from stack.sockets import Socket


@pytest.fixture
def lan() -> Lan:
    """Each call makes a network of its own."""

    def make(n: int = 2, parameters: Parameters = DEFAULTS, mtu: int = 1500, **link: float) -> Link:
        hosts = [Host(f"host{number}", number, parameters, mtu) for number in range(1, n + 1)]
        return Link(hosts, **link)

    return make


@pytest.fixture
def tools() -> types.SimpleNamespace:
    """The helpers above, for test modules, which cannot import each other."""
    return types.SimpleNamespace(
        listening=listening,
        connecting=connecting,
        payload=payload,
        Stranger=Stranger,
        connected=connected,
        states=states,
    )


@pytest.fixture
def link(lan: Lan) -> Link:
    return lan(1, parameters=Parameters(arp_lifetime=100_000 * SECOND))  # a stranger never answers ARP


@pytest.fixture
def host(link: Link) -> Host:
    return link.hosts[0]


@pytest.fixture
def server(link: Link, host: Host, tools: types.SimpleNamespace) -> Socket:
    return tools.listening(link, host)


@pytest.fixture
def stranger(link: Link, host: Host, server: Socket, tools: types.SimpleNamespace) -> Stranger:
    """A stranger whose connection to the host's port 80 is established."""
    made = tools.Stranger(link, host)
    made.shake_hands()
    return made


@pytest.fixture
def child(link: Link, server: Socket, stranger: Stranger) -> Socket:
    return server.accept(link.now)[0]


@pytest.fixture
def active(link: Link, host: Host, tools: types.SimpleNamespace) -> tuple[Stranger, Socket, TCP]:
    """The host connects to a stranger: (stranger, the host's socket, its SYN)."""
    made = tools.Stranger(link, host, own_port=80)
    client = tools.connecting(link, host, (made.address, 80))
    (syn,) = made.hear()
    made.port, made.ack = syn.sport, syn.seq + 1
    return made, client, syn
