"""Programs that do what they should not: the errno that Linux gives, a sentence, and the network goes on."""

# ruff: noqa: ANN001, ANN201, ANN202

import errno
import json
import os
import re
import socket
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from link_network import LinkNetwork

from sim import Lan, RunError
from sim.cli import main
from sim.os.kernel import Kernel


def closes_twice():
    sock = socket.socket()
    fd = sock.detach()
    socket.close(fd)
    socket.close(fd)


def sends_to_a_closed_peer():
    with socket.create_server(("", 7)) as listener, socket.create_connection(listener.getsockname()) as sock:
        listener.accept()[0].close()
        time.sleep(0.1)
        sock.send(b"to nobody")  # is answered by a reset
        time.sleep(0.1)
        sock.send(b"again")


def resolves_an_unknown_name():
    socket.getaddrinfo("nowhere.invalid", 80)


def binds_a_used_port():
    with socket.create_server(("", 8)) as listener:
        socket.create_server(listener.getsockname())


def sends_on_a_listening_socket():
    with socket.create_server(("", 9)) as listener:
        listener.send(b"x")


def connects_where_nobody_listens():
    socket.create_connection(("127.0.0.1", 10))


def reads_a_socket_that_is_not_connected():
    socket.socket().recv(1)


def sends_a_datagram_that_is_too_long():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(bytes(65_508), ("127.0.0.1", 11))


def sends_a_datagram_nowhere():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.send(b"x")


def listens_twice_on_one_address():
    with socket.create_server(("127.0.0.1", 12)), socket.socket() as other:
        other.bind(("127.0.0.1", 12))


def broadcasts_without_asking():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("255.255.255.255", 13))


MISUSES = {
    closes_twice: errno.EBADF,
    sends_to_a_closed_peer: errno.EPIPE,
    resolves_an_unknown_name: socket.EAI_NONAME,
    binds_a_used_port: errno.EADDRINUSE,
    sends_on_a_listening_socket: errno.EPIPE,
    connects_where_nobody_listens: errno.ECONNREFUSED,
    reads_a_socket_that_is_not_connected: errno.ENOTCONN,
    sends_a_datagram_that_is_too_long: errno.EMSGSIZE,
    sends_a_datagram_nowhere: errno.EDESTADDRREQ,
    listens_twice_on_one_address: errno.EADDRINUSE,
    broadcasts_without_asking: errno.EACCES,
}


def raises():
    raise LookupError("where is it?")


def exits():
    raise SystemExit(3)


def exits_at_once():
    os._exit(4)


def exits_with_a_sentence():
    raise SystemExit("cannot go on")


ENDINGS = {
    raises: "LookupError: where is it?",
    exits: "exit status 3",
    exits_at_once: "exit status 4",
    exits_with_a_sentence: "exit status 1",
}


def lan_with(program):
    """Next to `program` there are others, on its host and elsewhere, that have work to do."""
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    bad = lan.program("pc", program, at="1 s")
    for host, other in (("pc", "192.168.1.20"), ("server", "192.168.1.10")):
        lan.program(host, f"ping -c 3 {other}")
    return lan, bad


def goes_on(run):
    return [host for host in ("pc", "server") if any("3 received" in line for line in run.output(host))]


@pytest.mark.parametrize(("misuse", "number"), MISUSES.items(), ids=[one.__name__ for one in MISUSES])
def test_misuse_has_the_errno_of_linux_and_the_network_goes_on(misuse, number):
    lan, bad = lan_with(misuse)
    run = lan.run(check=False)
    error = bad.exception()
    assert isinstance(error, OSError) and error.errno == number
    (failure,) = run.outcome.failures
    assert str(failure).startswith(f"pc: {misuse.__name__}(): {type(error).__name__}: {error} at 1")
    assert goes_on(run) == ["pc", "server"]
    with pytest.raises(type(error)):
        bad.result()


@pytest.mark.parametrize(
    ("misuse", "number"),
    [
        (misuse, number)
        for misuse, number in MISUSES.items()
        # A name server may be there or not, and a broadcast would be one.
        if misuse not in (resolves_an_unknown_name, broadcasts_without_asking)
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
@pytest.mark.skipif(os.geteuid() != 0, reason="ports below 1024 are root's")
def test_linux_says_the_same(misuse, number):
    with pytest.raises(OSError) as caught:
        misuse()
    assert caught.value.errno == number


@pytest.mark.parametrize(("program", "reason"), ENDINGS.items(), ids=[one.__name__ for one in ENDINGS])
def test_a_program_that_fails_is_named_with_host_reason_and_time(program, reason):
    lan, _ = lan_with(program)
    with pytest.raises(RunError, match=rf"^pc: {program.__name__}\(\): {re.escape(reason)} at 1(\.\d+)? s$"):
        lan.run()
    assert lan.last is not None and goes_on(lan.last) == ["pc", "server"]


def test_a_busy_loop_ends_the_run_and_is_named():
    def spins():
        while True:
            pass

    with LinkNetwork("pc", "server", processor_limit_s=0.2) as network:
        network.hosts["pc"].spawn("spins", lambda argv: spins(), at_ns=10**9)
        network.hosts["server"].spawn("other", lambda argv: time.sleep(5))
        outcome = network.run()
    (failure,) = outcome.failures
    assert re.fullmatch(
        r"pc: spins: computed without end and without a system call \(test_bad_.*.py, line \d+\) at 1 s",
        str(failure),
    )
    assert not outcome.succeeded


SPINS = """\
title = "A busy loop"
[[host]]
name = "pc"
address = "192.168.1.10/24"
[[host]]
name = "server"
address = "192.168.1.20/24"
[link]
[[program]]
host = "server"
run = "ping -c 3 192.168.1.10"
[[program]]
host = "pc"
run = "python spins.py"
at = "1500 ms"
"""


def test_the_command_keeps_the_recordings_of_a_busy_loop_and_its_exit_status_is_1(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Kernel.__init__.__kwdefaults__, "processor_limit_s", 0.2)  # not ten seconds
    Path("spins.toml").write_text(SPINS)
    Path("spins.py").write_text("print('spinning')\nwhile True:\n    pass\n")
    done = CliRunner().invoke(main, ["run", "spins.toml", "-q"])
    assert done.exit_code == 1
    why = r"computed without end and without a system call \(spins.py, line \d\) at 1.5 s"
    assert re.search(f"failed: pc: python spins.py: {why}", done.output)
    events = [json.loads(line) for line in Path("runs/spins/events.jsonl").read_text().splitlines()]
    assert sum(event["kind"] == "echo reply received" for event in events) == 2
    assert any(event["fields"].get("text") == "spinning" for event in events)
    assert Path("runs/spins/pc.pcapng").stat().st_size > 500
