"""The blocking face of a host's resolver: it carries queries over sockets of the program that asks.

As in a C library the questions are system calls of the calling process, in simulated time, on its
descriptors; only the cache is the host's.
"""

import errno
import os
import socket

from sim.os.interfaces import own_host
from sim.os.machine import Machine
from stack.dns import PORT
from stack.dns.answer import Answer
from stack.dns.events import Drop
from stack.dns.resolver import Query, Reply

_LENGTH = 2
"""Octets in front of each message of a stream (RFC 7766 section 8)."""
_LARGEST = 65_535


def hosts_file() -> dict[str, str]:
    """Names and addresses that every host knows without asking, as in /etc/hosts. For programs."""
    return dict(own_host().kernel.names)


def look_up(host: Machine, name: str, type: str) -> Answer:
    """What the name servers of `host` say of `name`; its calling program waits while they are asked."""
    lookup = host.resolver.lookup(name, type, host.clock.now)
    try:
        query = next(lookup)
        while True:
            try:
                octets = carry(host, query)
            except OSError:  # refused, unreachable, or too late
                octets = None
            query = lookup.send(Reply(octets, host.clock.now))
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def carry(host: Machine, query: Query) -> bytes:
    """Put `query` to its server and wait for the answer. OSError, TimeoutError."""
    deadline = host.clock.now + query.timeout
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if query.stream else socket.SOCK_DGRAM) as sock:
        _wait(host, sock, deadline)
        sock.connect((query.server, PORT))
        return (_over_tcp if query.stream else _over_udp)(host, sock, query, deadline)


def _wait(host: Machine, sock: socket.socket, deadline: int) -> None:
    """Let the next call of `sock` take what is left of the time; TimeoutError if nothing is."""
    left = deadline - host.clock.now
    if left <= 0:
        raise TimeoutError("timed out")
    sock.settimeout(left / 1e9)


def _over_udp(host: Machine, sock: socket.socket, query: Query, deadline: int) -> bytes:
    """RFC 1035 section 4.2.1. What is no answer to `query` does not end the wait (RFC 5452 section 9.1)."""
    sock.send(query.octets)
    while True:
        _wait(host, sock, deadline)
        octets = sock.recv(_LARGEST)
        if query.read(octets) is not None:
            return octets
        host.emit(Drop, reason="no answer to the question", server=query.server)


def _over_tcp(host: Machine, sock: socket.socket, query: Query, deadline: int) -> bytes:
    """RFC 7766 section 8."""
    octets = query.octets
    sock.sendall(len(octets).to_bytes(_LENGTH, "big") + octets)
    length = int.from_bytes(_receive(host, sock, _LENGTH, deadline), "big")
    return _receive(host, sock, length, deadline)


def _receive(host: Machine, sock: socket.socket, size: int, deadline: int) -> bytes:
    octets = b""
    while len(octets) < size:
        _wait(host, sock, deadline)
        piece = sock.recv(size - len(octets))
        if not piece:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        octets += piece
    return octets
