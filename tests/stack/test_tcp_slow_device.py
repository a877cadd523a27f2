"""Two stacks behind devices that are slower than they are: a short queue each, and a wire that loses frames.

Charges are released when a frame has left, as an adapter does it (`stack.send_memory`).
"""

from __future__ import annotations

import heapq
import random
import socket
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from virtual_link import MS, SECOND, Host

from stack.parameters import LINUX, Parameters

if TYPE_CHECKING:
    from stack.send_memory import Charge
    from stack.sockets import Socket

SETTINGS = (Parameters(), LINUX, Parameters(sack=False), Parameters(timestamps=True))
ARP = b"\x08\x06"
TOO_LONG = 3000 * SECOND


class Device:
    """One host's: `room` frames wait for a wire of `rate` bit/s."""

    def __init__(self, number: int, parameters: Parameters, rate: int, room: int) -> None:
        self.host = Host(f"host{number}", number, parameters)
        self.rate, self.room = rate, room
        self.queue: deque[tuple[bytes, Charge | None]] = deque()
        self.leaving: tuple[bytes, Charge | None] | None = None
        self.free_at = 0

    def take(self, now: int) -> None:
        """What the stack has made; what finds the queue full is dropped."""
        while made := self.host.stack.outgoing():
            for _, frame, charge in made:
                if len(self.queue) < self.room:
                    self.queue.append((frame, charge))
                elif charge is not None:
                    self.host.stack.release(charge, now)
        if self.leaving is None and self.queue:
            self.leaving = self.queue.popleft()
            self.free_at = now + len(self.leaving[0]) * 8 * SECOND // self.rate

    def leave(self, now: int) -> bytes | None:
        """The frame that has just left, if one has."""
        if self.leaving is None or self.free_at > now:
            return None
        frame, charge = self.leaving
        self.leaving = None
        if charge is not None:
            self.host.stack.release(charge, now)
        return frame


class Conversation:
    """Each end sends its text in pieces and reads the other's; then both close."""

    def __init__(self, seed: int) -> None:
        self.random = choose = random.Random(seed)
        parameters = replace(choose.choice(SETTINGS), msl=SECOND)
        rate, room = choose.choice((64_000, 1_000_000, 10_000_000)), choose.choice((3, 20, 1000))
        self.loss, self.delay = choose.choice((0, 0.02, 0.1)), choose.choice((MS // 10, 5 * MS, 100 * MS))
        self.devices = [Device(number, parameters, rate, room) for number in (1, 2)]
        self.now, self.serial = 0, 0
        self.flying: list[tuple[int, int, int, bytes]] = []
        texts = choose.choice((100, 20_000, 120_000)), choose.choice((0, 10, 60_000))
        self.texts = [choose.randbytes(octets) for octets in texts]
        self.unsent = [memoryview(text) for text in self.texts]
        self.got = [bytearray(), bytearray()]
        self.shut, self.ended = [False, False], [False, False]
        self.listener, client = (
            device.host.stack.socket(socket.AF_INET, socket.SOCK_STREAM) for device in reversed(self.devices)
        )
        self.listener.bind(("", 80), 0)
        self.listener.listen(1, 0)
        with pytest.raises(BlockingIOError):
            client.connect((self.devices[1].host.address, 80), 0)
        self.ends: list[Socket] = [client]

    def run(self) -> None:
        while not all(self.ended):
            self.programs()
            for device in self.devices:
                device.take(self.now)
            self.wait()
            assert self.now < TOO_LONG
        assert self.got == self.texts
        for end in self.ends:
            end.close(self.now)

    def programs(self) -> None:
        if self.listener.readable():
            self.ends.append(self.listener.accept(self.now)[0])
        for number, end in enumerate(self.ends):
            if end.writable() and not self.shut[number]:
                self.write(number, end)
            while end.readable() and not self.ended[number]:
                data = end.recv(self.random.choice((100, 65_536)), self.now)
                self.ended[number] = not data
                self.got[1 - number] += data

    def write(self, number: int, end: Socket) -> None:
        if self.unsent[number]:
            piece = self.unsent[number][: self.random.choice((10, 1460, 20_000))]
            self.unsent[number] = self.unsent[number][end.send(bytes(piece), self.now) :]
        if not self.unsent[number]:
            end.shutdown(socket.SHUT_WR, self.now)
            self.shut[number] = True

    def wait(self) -> None:
        """Until something happens."""
        instants = [device.free_at for device in self.devices if device.leaving]
        instants += [at for device in self.devices if (at := device.host.stack.next_deadline()) is not None]
        instants += [at for at, *_ in self.flying[:1]]
        assert instants, "nothing would ever happen"
        self.now = max(self.now, min(instants))
        for number, device in enumerate(self.devices):
            frame = device.leave(self.now)
            if frame is not None and (self.random.random() >= self.loss or frame[12:14] == ARP):
                self.serial += 1
                heapq.heappush(self.flying, (self.now + self.delay, self.serial, 1 - number, frame))
        while self.flying and self.flying[0][0] <= self.now:
            _, _, number, frame = heapq.heappop(self.flying)
            host = self.devices[number].host
            host.stack.receive(host.eth0, frame, self.now)
        for device in self.devices:
            device.host.stack.advance(self.now)


@pytest.mark.parametrize("ten", [0, 1, *(pytest.param(ten, marks=pytest.mark.slow) for ten in range(2, 100))])
def test_every_octet_arrives_through_slow_devices(ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        try:
            Conversation(seed).run()
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
