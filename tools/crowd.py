"""Memory and processor time of many programs: 100 hosts, 1,000 programs, ten simulated minutes of mixed load.

    python tools/crowd.py [HOSTS [MINUTES]]

On each host of a [link] run a TCP server with a thread for each client, a UDP server, one of asyncio, and
seven clients, each of which asks a host drawn by chance about every ten seconds. Connections are in TIME-WAIT
for four minutes (RFC 9293, MSL 2 min); from then on memory is to be flat.
"""

import asyncio
import random
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sim import Lan

TCP_PORT, UDP_PORT, ASYNCIO_PORT = 7, 9, 11
PAUSE_S = 10
PAGE = 4096


def serve_tcp() -> None:
    """Echo, a thread for each client."""
    with socket.create_server(("", TCP_PORT)) as listener:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_echo, args=(client,), daemon=True).start()


def _echo(client: socket.socket) -> None:
    with client:
        while octets := client.recv(4096):
            client.sendall(octets)


def serve_udp() -> None:
    """Echo."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("", UDP_PORT))
        while True:
            server.sendto(*server.recvfrom(2000))


async def serve_asyncio() -> None:
    """Echo."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(1000):
            writer.write(octets)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "", ASYNCIO_PORT) as server:
        await server.serve_forever()


def ask_tcp(hosts: int) -> None:
    """Three times 1,000 octets over a connection, again and again."""
    for host in _drawn(hosts):
        with suppress(OSError), socket.create_connection((host, TCP_PORT), timeout=5) as client:
            for _ in range(3):
                client.sendall(bytes(1000))
                left = 1000
                while left and (octets := client.recv(left)):
                    left -= len(octets)


def ask_udp(hosts: int) -> None:
    """A datagram of 500 octets, again and again."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        for host in _drawn(hosts):
            with suppress(OSError):
                client.sendto(bytes(500), (host, UDP_PORT))
                client.recv(2000)


def _drawn(hosts: int) -> Iterator[str]:
    while True:
        time.sleep(random.expovariate(1 / PAUSE_S))
        yield f"h{random.randrange(hosts)}"


async def ask_asyncio(hosts: int) -> None:
    """300 octets over a connection, again and again."""
    while True:
        await asyncio.sleep(random.expovariate(1 / PAUSE_S))
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(f"h{random.randrange(hosts)}", ASYNCIO_PORT)
            writer.write(bytes(300))
            await reader.readexactly(300)
            writer.close()


def main(hosts: int = 100, minutes: int = 10) -> None:
    """Run it, and print what it takes, minute by minute."""
    lan = Lan(until=f"{60 * minutes} s")
    lan.link(delay="1 ms", loss=0.001)
    for number in range(hosts):
        name = f"h{number}"
        lan.host(name, address=f"10.0.{number // 200}.{number % 200 + 1}/16")
        lan.program(name, serve_tcp, service=True)
        lan.program(name, serve_udp, service=True)
        lan.program(name, serve_asyncio, service=True)
        for _ in range(2):
            lan.program(name, ask_tcp, hosts)
            lan.program(name, ask_asyncio, hosts)
        for _ in range(3):
            lan.program(name, ask_udp, hosts)
    with lan.start() as network:
        for minute in range(1, minutes + 1):
            network.run_for("60 s")
            memory = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6
            print(f"{minute} min: {memory:.0f} MB, {time.process_time():.0f} s of processor time", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
