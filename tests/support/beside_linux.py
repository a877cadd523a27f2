"""Our stack and Linux side by side, for the same frames from the same stranger.

An echo request follows each frame to Linux, so that its reply fences off what was answered before: nothing
waits for a time.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import time
from contextlib import contextmanager
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING, Any

from linux_tap import Namespace, Tap, refused
from scapy.layers.inet import IP
from scapy.layers.l2 import ARP, Ether
from scapy.utils import checksum

from stack.parameters import LINUX
from stack.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

STRANGER, STRANGER_MAC = "10.9.0.77", "02:00:00:00:00:77"
OWN = "10.9.0.2"
"""The address of either side; they never meet."""
FENCE = 0xFE9C
PORT = 80
"""Both listen here."""
PATIENCE_S = 30.0
"""Real seconds after which silence is a failure."""
STATES = {1: "ESTABLISHED", 4: "FIN-WAIT-1", 5: "FIN-WAIT-2", 7: "CLOSED", 8: "CLOSE-WAIT", 11: "CLOSING"}
"""Of TCP_INFO."""


_IPV4, _ARP, _ICMP = b"\x08\x00", b"\x08\x06", 1
_FENCED = b"\0\0" + FENCE.to_bytes(2, "big")
"""Type, code and identifier of a reply to an echo request that is a fence."""


def _echo(kind: int, number: int) -> bytes:
    """An ICMP message of a fence; scapy would take most of the time of a test to make and read it."""
    octets = struct.pack("!BBHHH", kind, 0, 0, FENCE, number % 65_536)
    return octets[:2] + struct.pack("!H", checksum(octets)) + octets[4:]


class OurSide:
    """Our stack, with the station address `mac`."""

    def __init__(self, mac: str) -> None:
        self.mac = mac
        self.stack = Stack("ours", random.Random(1), parameters=LINUX)
        octets = bytes.fromhex(mac.replace(":", ""))
        self.eth0 = self.stack.add_interface("eth0", octets, IPv4Interface(f"{OWN}/24"))

    def socket(self) -> Any:
        return self.stack.socket(socket.AF_INET, socket.SOCK_STREAM)

    def udp(self) -> Any:
        return self.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def call(self, sock: Any, name: str, *arguments: object) -> Any:
        try:
            return getattr(sock, name)(*arguments, 0)
        except BlockingIOError:
            return None

    def state(self, sock: Any) -> str:
        return sock.row().state

    def exchange(self, frame: bytes | None) -> list[bytes]:
        if frame is not None:
            self.stack.receive(self.eth0, frame, 0)
        return [answer for _, answer in self.stack.output()]


class LinuxSide:
    """Linux at the other end of a TAP interface."""

    def __init__(self) -> None:
        self.tap = Tap(IPv4Interface(f"{OWN}/24"))
        self.mac = self.tap.mac()
        self.made: list[socket.socket] = []
        self._fences = 0
        self._left: list[bytes] = []
        fence = Ether(src=STRANGER_MAC, dst=self.mac) / IP(src=STRANGER, dst=OWN) / _echo(8, 0)
        fence[IP].proto = _ICMP
        self._to_linux = bytes(fence)[:34]

    def socket(self) -> Any:
        return self._entered(socket.socket(socket.AF_INET, socket.SOCK_STREAM))

    def udp(self) -> Any:
        return self._entered(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))

    def _entered(self, made: socket.socket) -> socket.socket:
        made.setblocking(False)
        self.made.append(made)
        return made

    def call(self, sock: Any, name: str, *arguments: object) -> Any:
        try:
            result = getattr(sock, name)(*arguments)
        except BlockingIOError:
            return None
        if name == "accept":
            result[0].setblocking(False)
            self.made.append(result[0])
        return result

    def state(self, sock: Any) -> str:
        return STATES[sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]]

    def exchange(self, frame: bytes | None) -> list[bytes]:
        """What Linux sends until it answers the echo request behind `frame`."""
        self._fences += 1
        if frame is not None:
            self.tap.send(frame, 0)
        echo = _echo(8, self._fences)
        reply = _echo(0, self._fences)[:8]
        self.tap.send(self._to_linux + echo, 0)
        answers: list[bytes] = []
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            while self._left:
                answer = self._left.pop(0)
                protocol = answer[12:14]
                if protocol == _IPV4 and answer[23] == _ICMP and answer[34:36] + answer[38:40] == _FENCED:
                    if answer[34:42] == reply:
                        return answers
                elif protocol == _ARP and (ARP(answer[14:]).op, ARP(answer[14:]).pdst) == (1, STRANGER):
                    self._is_here(ARP(answer[14:]))
                elif protocol in (_ARP, _IPV4):
                    answers.append(answer)
            select.select([self.tap.fd], [], [], 1)
            self._left += self.tap.receive(0)
        raise AssertionError("Linux does not answer the echo request")

    def _is_here(self, request: ARP) -> None:
        """Linux asks now and then whether the stranger is still there."""
        reply = ARP(op=2, hwsrc=STRANGER_MAC, psrc=STRANGER, hwdst=request.hwsrc, pdst=request.psrc)
        self.tap.send(bytes(Ether(src=STRANGER_MAC, dst=request.hwsrc) / reply), 0)

    def close(self) -> None:
        for sock in self.made:
            sock.close()
        self.tap.close()


@contextmanager
def beside_linux() -> Iterator[list[Any]]:
    """Both sides, listening, and knowing the stranger; skips where Linux does not let us."""
    try:
        namespace = Namespace()
    except OSError as error:
        refused("a network namespace", error)
    try:
        linux = LinuxSide()
    except OSError as error:
        namespace.leave()
        refused("a TAP interface", error)
    both: list[Any] = [OurSide(linux.mac), linux]
    try:
        for side in both:
            request = ARP(op="who-has", hwsrc=STRANGER_MAC, psrc=STRANGER, pdst=OWN)
            side.exchange(bytes(Ether(src=STRANGER_MAC, dst="ff:ff:ff:ff:ff:ff") / request))
            side.server = side.socket()
            side.call(side.server, "bind", ("", PORT))
            side.call(side.server, "listen", 100)
        yield both
    finally:
        linux.close()
        namespace.leave()
