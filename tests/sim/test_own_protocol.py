"""A protocol over IP from outside the package: a folder and an entry point (docs/extending.md)."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from extending import example, package
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from sim import Lan
from sim.cli import main
from sim.protocols import GROUP, ProtocolError, installed

NOTE = 253


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where packages are found; those that a test installs are forgotten after it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    installed.cache_clear()
    yield tmp_path
    installed.cache_clear()
    sys.modules.pop("note", None)


def test_programs_converse_by_it(place: Path) -> None:
    """scapy sees its number and, beneath it, header and data; on the compiled engine too."""
    package(place, "note", GROUP, "note = note:Notes")
    (place / "two_notes.py").write_text(example("two_notes.py"))
    ran = runpy.run_path(str(place / "two_notes.py"))
    assert ran["asked"].result() == b"HELLO"
    run = ran["lan"].run(engine="compiled")
    assert run.events == ran["run"].events
    packets = [Ether(packet.octets) for packet in run.capture("pc")]
    notes = [packet[IP] for packet in packets if IP in packet]
    assert [(note.src, note.proto) for note in notes] == [("10.0.0.1", NOTE), ("10.0.0.2", NOTE)]
    data = [bytes(note.payload)[: note.len - 20] for note in notes]
    assert [one[6:] for one in data] == [b"hello", b"HELLO"]
    assert data[0][:4] == data[1][2:4] + data[1][:2], "the ports are exchanged in the answer"
    (event,) = run.find("received", layer="note", where="server")
    assert event.fields["length"] == 5


def test_where_nobody_listens_the_connected_socket_is_refused(place: Path) -> None:
    package(place, "note", GROUP, "note = note:Notes")
    (place / "two_notes.py").write_text(
        example("two_notes.py").replace('lan.program("server", answer)\n', "")
    )
    with pytest.raises(Exception, match="ConnectionRefusedError"):
        runpy.run_path(str(place / "two_notes.py"))


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        (["note = note:HEADER"], "entry point note of thicknet.protocols: note:HEADER is no "),
        (
            ["note = note:Notes", "other = note:Notes"],
            "entry point other of thicknet.protocols: Notes: IP protocol 253 is note's",
        ),
    ],
)
def test_what_does_not_fit_is_a_sentence(place: Path, entries: list[str], sentence: str) -> None:
    package(place, "note", GROUP, *entries)
    lan = Lan()
    lan.host("pc", address="10.0.0.1/24")
    lan.host("server", address="10.0.0.2/24")
    lan.link()
    lan.program("pc", print)
    with pytest.raises(ProtocolError, match=sentence):
        lan.run()
    with pytest.raises(ProtocolError, match=sentence):
        installed()


def test_the_command_refuses_it_with_the_sentence(place: Path) -> None:
    package(place, "note", GROUP, "note = note:HEADER")
    result = CliRunner().invoke(main, ["run", "ping", "-q", "-o", str(place / "run")])
    assert result.exit_code == 2
    assert result.output == (
        "entry point note of thicknet.protocols: note:HEADER is no stack.protocol.IpProtocol\n"
    )
