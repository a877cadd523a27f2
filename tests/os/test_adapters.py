"""Packages that look behind the names of Python's library."""

# ruff: noqa: ANN001, ANN201, ANN202

import asyncio
import datetime
import importlib
import sys
import time

import pytest
from link_network import LinkNetwork

from sim.python import install
from sim.python.barrier import OutsideWorldError

install()

STRICT = '''
"""Takes sockets of the very class, and calls that class's methods with them, as trio does."""
import socket as _library

class _SocketType:
    def __init__(self, sock):
        if type(sock) is not _library.socket:
            raise TypeError(f"expected object of type 'socket.socket', not '{type(sock).__name__}'")
        self._sock = sock

    def _nonblocking_helper(self, wait, method, *arguments):
        return method(self._sock, *arguments)

    def receive(self, size):
        return self._nonblocking_helper(None, _library.socket.recv, size)

    def send(self, data):
        return self._nonblocking_helper(None, _library.socket.send, data)

    def accept(self):
        return self._nonblocking_helper(None, _library.socket.accept)

    def other(self, function):
        return self._nonblocking_helper(None, function)
'''


@pytest.fixture
def strict(tmp_path, monkeypatch):
    """A package of trio's name that does what trio does, so that it need not be installed."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "trio"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "trio").mkdir()
    (tmp_path / "trio" / "__init__.py").write_text("")
    (tmp_path / "trio" / "_socket.py").write_text(STRICT)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sim.python.adapters._done", set())
    yield importlib.import_module("trio._socket")._SocketType
    for name in ("trio", "trio._socket"):
        sys.modules.pop(name, None)


def test_who_wants_the_very_class_of_a_socket_takes_a_simulated_one(strict):
    import socket

    def program(arguments):
        listener = strict(socket.create_server(("", 80)))
        with socket.create_connection(("pc", 80)) as sock:
            client = strict(sock)
            assert client.send(b"hello") == 5
            accepted, _ = listener.accept()
            with accepted:
                assert strict(accepted).receive(10) == b"hello"
        assert client.other(id) == id(sock)
        with pytest.raises(TypeError, match="not 'int'"):
            strict(1)

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        assert network.run().failures == (), network.output("pc", "stderr")
    with socket.socketpair()[0] as real:
        assert strict(real).other(type) is socket.socket


@pytest.mark.needs("wheel:time_machine")
def test_time_machine_works_around_a_run_and_is_refused_in_a_program():
    import time_machine

    there = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    seen = []

    def program(arguments):
        seen.append(time.time())
        with pytest.raises(OutsideWorldError, match="reached for the real clock"), time_machine.travel(there):
            pass

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        assert network.run().failures == (), network.output("pc", "stderr")
    with time_machine.travel(there, tick=False):
        assert time.time() == there.timestamp()
        assert datetime.datetime.now(datetime.UTC) == there
        with LinkNetwork("pc") as network:
            network.hosts["pc"].spawn("program", lambda arguments: seen.append(time.time()))
            network.run()
    assert abs(time.time() - there.timestamp()) > 86_400
    assert seen[0] == pytest.approx(seen[1])


IFADDR = {
    "__init__": "from ifaddr._posix import get_adapters\n",
    "_shared": "import collections\n"
    "Adapter = collections.namedtuple('Adapter', 'name nice_name ips index')\n"
    "IP = collections.namedtuple('IP', 'ip network_prefix nice_name')\n",
    "_posix": "import ifaddr._shared as shared\n"
    "def get_adapters(include_unconfigured=False): return 'of the real machine'\n",
}


@pytest.mark.parametrize("early", [True, False])
def test_who_asks_ifaddr_for_all_interfaces_gets_the_hosts(early, tmp_path, monkeypatch):
    """As zeroconf does by default, whether it was imported before the run or by the program."""
    (tmp_path / "ifaddr").mkdir()
    for name, text in IFADDR.items():
        (tmp_path / "ifaddr" / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sim.python.adapters._done", set())
    for name in [name for name in sys.modules if name.partition(".")[0] == "ifaddr"]:
        monkeypatch.delitem(sys.modules, name)

    def ask():
        return importlib.import_module("ifaddr").get_adapters()

    if early:
        assert ask() == "of the real machine"
    found = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda arguments: found.extend(ask()))
        assert network.run().failures == (), network.output("pc", "stderr")
    assert ask() == "of the real machine"
    assert [(one.name, one.index, len(one.ips)) for one in found] == [("lo", 1, 1), ("eth0", 2, 1)]
    assert found[0].ips[0][:2] == ("127.0.0.1", 8)
    for name in [name for name in sys.modules if name.partition(".")[0] == "ifaddr"]:
        del sys.modules[name]


@pytest.mark.needs("wheel:aiohttp")
def test_aiohttp_that_chose_c_ares_when_it_was_imported_asks_by_getaddrinfo():
    """As it does where aiodns is installed; who says which servers to ask is refused there."""
    import aiohttp.resolver

    async def ask():
        resolver = aiohttp.resolver.AsyncResolver()
        return type(resolver).__name__, len(await resolver.resolve("pc", 80))

    found = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda arguments: found.append(asyncio.run(ask())))
        assert network.run().failures == (), network.output("pc", "stderr")
    assert found == [("ThreadedResolver", 1)]
