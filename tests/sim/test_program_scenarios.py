"""The scenarios `mail`, `dns` and `chatty` from the command line to the files, judged by tshark."""

import email
import hashlib
import re
import subprocess
from email import policy
from pathlib import Path

import pytest
from click.testing import CliRunner
from wireshark_fields import missed

from sim.apps import site
from sim.cli import main


def record(scenario: str, folder: Path) -> str:
    """Run it; the timeline."""
    done = CliRunner().invoke(main, ["run", scenario, "--no-vcd", "-v", "-o", str(folder)])
    assert done.exit_code == 0, done.output[-2000:]
    return done.output


def tshark(capture: Path, *arguments: str) -> list[str]:
    command = ["tshark", "-o", "eth.check_fcs:TRUE", "-r", capture, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.needs("tshark")
def test_mail_goes_by_smtp_and_comes_by_pop3(tmp_path: Path) -> None:
    told = record("mail", tmp_path / "run")
    content = site.file("alices-pc", 1000)
    digest = f"data.bin: 1000 octets, sha256 {hashlib.sha256(content).hexdigest()}"
    for line in (
        f"send-mail: attached {digest}",
        "send-mail: post has taken it",
        "fetch-mail: 1 message",
        "fetch-mail: from alice@post: Cable",
        "fetch-mail: The new cable is yellow.",
        f"fetch-mail: {digest}",
    ):
        assert line in told
    capture = tmp_path / "run/post.pcapng"
    fields = ("-T", "fields", "-e", "smtp.req.command", "-e", "pop.request.command")
    letters = ("--export-objects", f"imf,{tmp_path / 'letters'}")
    commands = tshark(capture, "-Y", "smtp.req.command or pop.request.command", *fields, *letters)
    assert [line.strip() for line in commands] == [
        *("ehlo", "mail", "rcpt", "data", "QUIT"),
        *("USER", "PASS", "STAT", "RETR", "DELE", "QUIT"),
    ]
    (letter,) = (tmp_path / "letters").iterdir()
    message = email.message_from_bytes(letter.read_bytes(), policy=policy.default)
    (attachment,) = message.iter_attachments()
    assert (message["Subject"], attachment.get_content()) == ("Cable", content)
    assert missed(capture) == []


@pytest.mark.needs("tshark")
def test_mission_6_1_the_resolver_sends_again_when_no_answer_comes(tmp_path: Path) -> None:
    told = record("dns", tmp_path / "run")
    wire = tmp_path / "run/yellow.pcapng"
    asked = tshark(
        tmp_path / "run/pc.pcapng",
        "-Y",
        "dns",
        "-T",
        "fields",
        "-e",
        "frame.time_epoch",
        "-e",
        "dns.flags.response",
    )
    times, answers = zip(*(line.split("\t") for line in asked), strict=True)
    assert [answer in ("1", "True") for answer in answers] == [False, False, True]
    assert float(times[1]) - float(times[0]) == pytest.approx(5.0, abs=0.001)
    whole = tshark(
        wire,
        "-Y",
        "dns and eth.fcs.status == 1",
        "-T",
        "fields",
        "-e",
        "dns.qry.name",
        "-e",
        "dns.cname",
        "-e",
        "dns.a",
    )
    assert whole == ["www.lan\t\t", "www.lan\tserver.lan\t192.168.1.20"], "the first question came to nothing"
    assert missed(wire) == []
    assert re.search(r"the cable is shorted.*the cable is repaired.*browse: 200 OK", told, re.DOTALL)


@pytest.mark.needs("tshark")
def test_mission_3_1_nagle_gathers_small_pieces_and_tcp_nodelay_does_not(tmp_path: Path) -> None:
    record("chatty", tmp_path / "run")
    wire = tmp_path / "run/yellow.pcapng"
    shown = tshark(wire, "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.stream", "-e", "tcp.len")
    assert shown == ["0\t1", "0\t9", *["1\t1"] * 10]
    assert missed(wire) == []
