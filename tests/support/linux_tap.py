"""Linux as the judge: its own TCP/IP in a network namespace, joined to a stack by a TAP interface.

The namespace is entered by the calling thread, so sockets made before `Namespace.leave`
are Linux's in there. Time is real here: it is read at one place and handed to the stack.
"""

import ctypes
import fcntl
import os
import select
import socket
import struct
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import NoReturn

import pytest

from stack.devices.device import Attachment

CLONE_NEWNET = 0x4000_0000
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x4004_54CA, 0x0002, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, IFF_UP = 0x8914, 0x8916, 0x891C, 1
SIOCGIFHWADDR, SIOCSIFBRDADDR = 0x8927, 0x891A
SIOCADDRT, RTF_UP, RTF_GATEWAY = 0x890B, 1, 2
PATIENCE_S = 60.0
"""Real seconds after which a wait is a failure."""

_libc = ctypes.CDLL(None, use_errno=True)


def refused(what: str, error: OSError) -> NoReturn:
    """Skip the test by name; where nothing may be skipped, in continuous integration, fail."""
    sentence = f"this machine does not let a test make {what}: {error}"
    if os.environ.get("THICKNET_REQUIRE_TOOLS") == "1":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


class Namespace:
    """A network namespace of this thread. OSError where the machine does not allow it."""

    def __init__(self) -> None:
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if _libc.unshare(CLONE_NEWNET):
            number = ctypes.get_errno()
            os.close(self._home)
            raise OSError(number, os.strerror(number))

    def leave(self) -> None:
        """Go back to the namespace that the thread came from."""
        _libc.setns(self._home, CLONE_NEWNET)
        os.close(self._home)


class Tap:
    """The far end of Linux's interface `tap0`. (`stack.devices.device.Device`)"""

    def __init__(self, address: IPv4Interface) -> None:
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH", b"tap0", IFF_TAP | IFF_NO_PI))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            for request, number in (
                (SIOCSIFADDR, address.ip.packed),
                (SIOCSIFNETMASK, address.netmask.packed),
                (SIOCSIFBRDADDR, address.network.broadcast_address.packed),
            ):
                name = struct.pack("16sHH4s8x", b"tap0", socket.AF_INET, 0, number)
                fcntl.ioctl(control, request, name)
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"tap0", IFF_UP))

    def mac(self) -> str:
        """The station address of Linux's end."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            found = fcntl.ioctl(control, SIOCGIFHWADDR, struct.pack("16s24x", b"tap0"))
        return found[18:24].hex(":")

    def route(self, network: IPv4Network, gateway: IPv4Address) -> None:
        """Let Linux reach `network` by `gateway`. The argument is a `struct rtentry`."""
        names = [
            struct.pack("HH4s8x", socket.AF_INET, 0, number.packed)
            for number in (network.network_address, gateway, network.netmask)
        ]
        entry = struct.pack("8x16s16s16sH54x", *names, RTF_UP | RTF_GATEWAY)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            fcntl.ioctl(control, SIOCADDRT, entry)

    def send(self, frame: bytes, now: int) -> None:
        os.write(self.fd, frame.ljust(60, b"\0"))

    def receive(self, now: int) -> list[bytes]:
        frames = []
        while True:
            try:
                frames.append(os.read(self.fd, 65_536))
            except BlockingIOError:
                return frames

    def next_deadline(self) -> int | None:
        return None

    def close(self) -> None:
        os.close(self.fd)


def pump(
    tap: Tap, attachment: Attachment, done: Callable[[int], bool], linux: list[socket.socket] | None = None
) -> None:
    """Carry frames until `done(now)`; it is asked after every step, and wakes when `linux` is ready too."""
    begun = time.monotonic_ns()
    while True:
        now = time.monotonic_ns()
        attachment.poll(now)
        if done(now):
            attachment.poll(now)
            return
        assert now - begun < PATIENCE_S * 1e9, "Linux and the stack have nothing more to say"
        deadline = attachment.next_deadline()
        wait = 0.02 if deadline is None else min(max(deadline - now, 0) / 1e9, 0.02)
        select.select([tap.fd, *(linux or [])], [], [], wait)
