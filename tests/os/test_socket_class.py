"""`socket.socket` to a program: the type of its sockets, and a class to derive from."""

# ruff: noqa: ANN002, ANN201, ANN202, ANN204

import abc
import contextlib
import inspect
import socket

import pytest
from here_and_there import both

from sim.python.socket_class import REAL_SOCKET


def test_the_class_of_a_socket_is_the_one_that_a_program_sees():
    """What a well-known event loop asks before it takes a socket."""

    def program():
        one, other = socket.socketpair()
        with socket.socket() as sock, contextlib.closing(one), contextlib.closing(other):
            kinds = [type(made) is socket.socket for made in (sock, one, other)]
            return kinds, isinstance(sock, socket.socket), type(sock).__name__, inspect.ismodule(socket)

    assert both(program) == ([True] * 3, True, "socket", True)
    assert socket.socket is REAL_SOCKET


def test_a_class_that_a_program_derives_outlives_it():
    made = []

    def program():
        class Own(socket.socket):
            def __init__(self, *arguments):
                super().__init__(*arguments)
                self.note = "own"

        class Abstract(socket.socket, abc.ABC):
            pass

        made.append(Own)
        with Own() as sock, Abstract() as other:
            sock.bind(("127.0.0.1", 0))
            return sock.note, isinstance(sock, Own), isinstance(sock, socket.socket), other.family.name

    assert both(program) == ("own", True, True, "AF_INET")
    for own in made:
        with own() as sock:
            assert (sock.note, type(sock), own.__mro__[1]) == ("own", own, REAL_SOCKET)
            sock.bind(("127.0.0.1", 0))


def test_real_code_replaces_and_deletes_the_name_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    both(lambda: socket.socket.__name__)
    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", int)
        assert socket.socket is int
        patch.delattr(socket, "socket")
        assert not hasattr(socket, "socket")
    assert socket.socket is REAL_SOCKET
