"""What brings its own sockets is refused in a program with a sentence; what reaches past the library, too."""

# ruff: noqa: ANN001, ANN201, ANN202

import errno
import importlib
import multiprocessing
import os
import platform
import socket
import socketserver
import subprocess
import sys
import syslog
import threading
from pathlib import Path

import pytest
from link_network import LinkNetwork

from sim.python.barrier import OutsideWorldError
from sim.python.foreign import REFUSED

TESTING = Path(__file__).parents[2] / "docs" / "testing.md"


def run(program):
    """What `program` returns in a simulated program, and what it wrote to stderr."""
    results = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda arguments: results.append(program()))
        outcome = network.run(until_ns=10_000_000_000)
        assert outcome.failures == (), network.output("pc", "stderr")
    return results[0], network.output("pc", "stderr")


def refusal(reach, error=OutsideWorldError):
    """The error that `reach` raises in a program."""

    def program():
        with pytest.raises(error) as caught:
            reach()
        return caught.value

    return run(program)[0]


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Stand-ins for packages of those names, so that none has to be installed."""
    for name in ("uvloop", "zmq", "psycopg2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("def use(): return 'used'\n")
        (tmp_path / name / "part.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in list(sys.modules):
        if name.partition(".")[0] in REFUSED:
            del sys.modules[name]


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("name", ["uvloop", "zmq", "psycopg2", "uvloop.part"])
def test_a_program_that_imports_it_is_refused_with_what_would_do(name):
    error = refusal(lambda: importlib.import_module(name), ImportError)
    package = name.partition(".")[0]
    whose, instead = REFUSED[package]
    assert str(error) == (
        f"pc: program: {package} is refused: its sockets or its event loop are those of {whose}, "
        f"which are not simulated; use {instead}"
    )
    assert package not in sys.modules


@pytest.mark.usefixtures("packages")
def test_who_has_the_choice_takes_asyncio():
    def program():
        try:
            import uvloop  # noqa: F401
        except ImportError:
            return "asyncio"
        return "uvloop"

    assert run(program)[0] == "asyncio"


@pytest.mark.usefixtures("packages")
def test_outside_it_is_imported_as_ever_and_what_was_imported_before_is_refused_at_its_use():
    import uvloop

    assert "is refused" in str(refusal(lambda: uvloop.use(), ImportError))
    with LinkNetwork("pc"):
        assert uvloop.use() == "used"
        assert importlib.import_module("zmq").use() == "used"
    assert repr(uvloop).startswith("<module 'uvloop'")


def test_each_package_is_in_the_documentation():
    page = TESTING.read_text()
    missing = [
        name
        for name, (whose, instead) in REFUSED.items()
        if f"| `{name}` | {whose} | {instead} |" not in page
    ]
    assert missing == []


@pytest.mark.parametrize(
    "call",
    [
        lambda sock: sock.connect(("127.0.0.1", 9)),
        lambda sock: sock.connect_ex(("127.0.0.1", 9)),
        lambda sock: sock.bind(("127.0.0.1", 0)),
        lambda sock: sock.sendto(b"x", ("127.0.0.1", 9)),
        lambda sock: sock.sendmsg([b"x"], [], 0, ("127.0.0.1", 9)),
    ],
)
def test_a_real_socket_that_came_into_a_program_goes_nowhere(call):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        error = refusal(lambda: call(sock))
    assert str(error) == (
        "pc: program: a simulated program reached for a real socket, made outside the simulation"
    )


@pytest.mark.parametrize("begin", [subprocess.Popen, lambda words: os.execv(words[0], words)])
def test_a_program_that_is_not_there_is_not_found(begin):
    """As a version control system tries the hooks of a repository, which mostly has none."""
    error = refusal(lambda: begin(["hooks/pre-commit"]), FileNotFoundError)
    assert (error.errno, error.filename) == (errno.ENOENT, "hooks/pre-commit")


PROCESSES = [
    (lambda: subprocess.run(["ls", "-l"], check=True), "a real process (subprocess.Popen of 'ls -l')"),
    (lambda: os.system("ls -l"), "a real process (os.system of 'ls -l')"),
    (lambda: os.fork(), "a real process (os.fork)"),
    (lambda: os.execv("/bin/ls", ["ls"]), "a real process (os.exec of 'ls')"),
    (
        lambda: multiprocessing.get_context("fork").Process(target=print).start(),
        "a real process (multiprocessing)",
    ),
    (
        lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
        "a real process (multiprocessing)",
    ),
    (lambda: syslog.syslog("x"), "the real machine's log"),
]


@pytest.mark.parametrize(("reach", "what"), PROCESSES)
def test_the_sentence_names_what_was_asked_for_and_it_is_an_oserror(reach, what):
    error = refusal(reach)
    assert isinstance(error, OSError)
    assert error.errno in (errno.ENOSYS, errno.EPERM)
    assert str(error).startswith(f"pc: program: a simulated program reached for {what}")


def test_a_fall_back_for_systems_without_processes_is_used():
    assert run(platform.platform)[0].startswith("Linux")


def test_a_server_that_forks_says_so_on_its_stderr_although_it_swallows_the_error():
    class Silent(socketserver.ForkingTCPServer):
        def handle_error(self, request, client_address):
            pass

    def program():
        server = Silent(("", 80), socketserver.BaseRequestHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_connection(("pc", 80)) as sock:
            return sock.recv(1)

    data, errors = run(program)
    assert data == b""
    assert errors == [
        "pc: program: a simulated program reached for a real process (os.fork): fork is not offered: "
        "threads or asyncio do what it is for, or another program of the scenario"
    ]


@pytest.mark.parametrize("protocol", [socket.IPPROTO_ICMP, socket.IPPROTO_TCP, socket.IPPROTO_RAW])
def test_raw_sockets_are_roots_and_who_may_not_has_another_way(protocol):
    """raw(7): EPERM. Packages that ping then take the sockets for ICMP that everybody may have."""
    error = refusal(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol), PermissionError)
    assert error.errno == errno.EPERM
    assert "SOCK_DGRAM with IPPROTO_ICMP sends pings" in str(error)


@pytest.mark.parametrize("name", ["AF_PACKET", "AF_NETLINK", "AF_CAN"])
def test_a_family_of_sockets_that_is_not_simulated_is_named(name):
    """As scapy asks for AF_PACKET."""
    error = refusal(lambda: socket.socket(getattr(socket, name), socket.SOCK_RAW), OSError)
    assert error.errno == errno.EAFNOSUPPORT
    assert f"{name} is not simulated; a program has AF_INET and AF_UNIX" in str(error)
