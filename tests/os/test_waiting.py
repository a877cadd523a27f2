"""Waiting costs nothing: a process that is blocked is in the queues of what it waits for and nowhere else."""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204

import os
import select
import socket
import tempfile
from pathlib import Path

import pytest

from sim import Lan
from sim.api.network import Network
from sim.api.options import Options
from stack.sockets import Socket


def exchange(blocked):
    """Wakes, turns, looks at sockets and at processes of 100 round trips beside `blocked` that wait."""
    looks = []
    scanned = []

    class Scanned(list):
        def __iter__(self):
            for process in super().__iter__():
                scanned.append(process.pid)
                yield process

    class Watched(Socket):
        def readable(self):
            looks.append(self.fd)
            return super().readable()

    def wait(argv):
        with socket.create_server(("", 1000 + os.getpid())) as listener:
            kind = os.getpid() % 3
            if kind == 0:
                listener.accept()
            elif kind == 1:
                select.select([listener], [], [])
            else:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                    sock.recv(1)

    def answer(argv):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", 7))
            while True:
                sock.sendto(b"x", sock.recvfrom(1)[1])

    def ask(argv):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for number in range(101):
                sock.sendto(b"x", ("h1", 7))
                sock.recv(1)
                if number == 0:  # addresses are known, and everybody waits
                    looks.clear()
                    scanned.clear()
                    before.extend((kernel.wakes, kernel.turns, 0, 0))

    lan = Lan()
    for number in range(100):
        lan.host(f"h{number}", address=f"10.0.0.{number + 1}/24")
        for _ in range(blocked // 100):
            lan.program(f"h{number}", wait, None, service=True)
    lan.link()
    lan.program("h1", answer, None, service=True)
    lan.program("h0", ask, None, at="1 ms")
    before = []
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr("stack.stack.Socket", Watched)
        with Network(lan.scenario(), Options(Path(folder))) as network:
            kernel = network.kernel
            for host in kernel.hosts:
                host.processes = Scanned(host.processes)
            assert network.advance().succeeded
            after = kernel.wakes, kernel.turns, len(looks), len(scanned)
    return [now - then for now, then in zip(after, before, strict=True)]


def test_processes_that_wait_for_sockets_cost_nothing():
    """1,000 of them on 100 hosts: not a wake, a turn, a look or a scan more than with none."""
    assert exchange(1000) == exchange(0)
