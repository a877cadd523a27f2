"""System calls about a host's interfaces, routes, neighbours: what `ip`, `route`, `arp`, `ethtool` ask for.

Python has no functions for these, so the programs call these here. What software counts is there at once;
what the adapter knows costs bus cycles, and the calling process waits for its answer.
"""

import errno
import os
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from driver.counters import Counters
from sim.os.device import Device, LinkSettings
from sim.os.host import Host, host_of
from sim.os.process import calling
from stack.interface import Interface
from stack.waitqueue import WaitQueue
from stack.wire.address import dotted

T = TypeVar("T")


def own_host() -> Host:
    """The host of the calling process. RuntimeError outside a simulated program."""
    thread = calling("only a simulated program is on a host")
    thread.system_call()
    return host_of(thread.process)


def own_addresses() -> list[str]:
    """The addresses of the interfaces of the caller's host, 127.0.0.1 first (getifaddrs)."""
    return [dotted(interface.address) for interface in own_host().stack.interfaces]


def find(host: Host, name: str) -> Interface:
    """The interface `name` of `host`. OSError ENODEV if it has none of that name."""
    for interface in host.stack.interfaces:
        if interface.name == name:
            return interface
    raise _error(errno.ENODEV)


def add_route(network: IPv4Network, gateway: IPv4Address | None, metric: int, name: str | None) -> None:
    """Let the caller's host reach `network` by `gateway`, a neighbour, or directly on the link of `name`.

    OSError ENETUNREACH when the gateway is no neighbour, EEXIST, ENODEV.
    """
    host = own_host()
    links = [find(host, name)] if name else host.stack.interfaces[1:]
    leading = [link for link in links if gateway is None or gateway in link.network]
    if not leading:
        raise _error(errno.ENETUNREACH)
    if any((row.network, row.gateway, row.metric) == (network, gateway, metric) for row in host.stack.routes):
        raise _error(errno.EEXIST)
    host.stack.routes.add(network, leading[0], gateway, metric)


def remove_route(network: IPv4Network, gateway: IPv4Address | None) -> None:
    """Take the best route to `network` away, or that by `gateway`. OSError ESRCH if there is none."""
    host = own_host()
    for row in host.stack.routes:
        if row.network == network and gateway in (None, row.gateway):
            host.stack.routes.remove(network, row.gateway)
            return
    raise _error(errno.ESRCH)


def forget_neighbour(address: str) -> None:
    """Take a neighbour out of the ARP cache of the caller's host. OSError ENXIO if it is not there."""
    host = own_host()
    if not host.stack.forget_neighbour(address, host.clock.now):
        raise _error(errno.ENXIO)


def driver_counters(name: str) -> Counters:
    """What the driver of an interface of the caller's host has counted. OSError ENODEV, EOPNOTSUPP."""
    return _device(own_host(), name).counters


def link_settings(name: str) -> LinkSettings:
    """Speed, duplex and link of an interface of the caller's host. OSError ENODEV, EOPNOTSUPP."""
    host = own_host()
    return _answer(name, _device(host, name).ask_link)


def adapter_statistics(name: str) -> dict[str, int]:
    """The adapter's counters (RFC 2665). OSError ENODEV, EOPNOTSUPP."""
    host = own_host()
    return _answer(name, _device(host, name).ask_statistics)


def _device(host: Host, name: str) -> Device:
    device = host.devices.get(find(host, name))
    if device is None:
        raise _error(errno.EOPNOTSUPP)
    return device


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _answer(name: str, ask: Callable[[Callable[[T], None]], None]) -> T:
    """Wait until `ask` has called back."""
    thread, queue = calling("ioctl"), WaitQueue()
    answers: list[T] = []

    def done(answer: T) -> None:
        answers.append(answer)
        queue.wake()

    ask(done)
    while not answers:
        thread.wait((queue,), None, "ioctl", name)
    return answers[0]
