"""A voice call and a film over a link that loses and delays."""

# ruff: noqa: ANN001, ANN204, ANN201, ANN202

import re

import pytest
from lan_of_programs import run

CALL = ("pc: phone --seconds 3 server", "server: phone --seconds 3 pc")


def rtp_frame(frame):
    return frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[36:38] in (b"\x13\x8c", b"\x13\x8e")


class every:
    """Every n-th RTP packet."""

    def __init__(self, n):
        self.n, self.count = n, 0

    def __call__(self, frame):
        if not rtp_frame(frame):
            return False
        self.count += 1
        return self.count % self.n == 0


def test_a_call_over_a_good_link_is_heard_whole():
    network, outcome = run(*CALL)
    assert outcome.succeeded
    for host, packets in (("pc", 100), ("server", 99)):  # who did not listen yet when the first one came
        heard, jitter, playable = network.output(host)
        assert heard == f"{packets} of {packets} packets, 0 lost, 0 late"
        assert re.fullmatch(
            r"jitter 0\.0\d\d ms on average, 0\.\d+ ms at most; playout buffer (39|40)\.\d ms", jitter
        )
        assert playable == f"{packets / 50:.2f} s of {packets / 50:.2f} s of speech could be played"


def test_what_is_lost_cannot_be_played():
    network, outcome = run(*CALL, lost=every(10))
    assert outcome.succeeded
    heard = [network.output(host)[0] for host in ("pc", "server")]
    lost = [int(re.search(r" (\d+) lost, 0 late", line)[1]) for line in heard]
    assert 19 <= sum(lost) <= 20, "one at the very end is not missed"
    for host, count in zip(("pc", "server"), lost, strict=True):
        spoken = int(re.match(r"\d+ of (\d+)", network.output(host)[0])[1])
        assert network.output(host)[2].startswith(f"{(spoken - count) * 0.02:.2f} s of {spoken * 0.02:.2f} s")


def test_a_call_that_nobody_answers():
    network, outcome = run("pc: phone --seconds 0.1 server")
    assert network.output("pc", "stderr") == ["phone: server: nobody answers"]
    assert outcome.failures[0].reason == "exit status 1"


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("phone nowhere", "phone: nowhere: Name or service not known"),
        ("video nowhere", "video: nowhere: Name or service not known"),
        ("watch", "watch: nothing came"),
    ],
)
def test_what_goes_wrong_is_a_sentence(command, complaint):
    network, _ = run(f"pc: {command}")
    assert network.output("pc", "stderr") == [complaint]


def test_two_cannot_watch_at_one_port():
    network, _ = run("pc: watch", "pc: watch")
    assert "watch: port 5006: Address already in use" in network.output("pc", "stderr")


def test_a_film_is_seen_whole():
    network, outcome = run("server: watch", "pc: video --seconds 2 server")
    assert outcome.succeeded
    frames, sent = re.fullmatch(r"(\d+) frames in (\d+) packets", network.output("pc")[0]).groups()
    assert frames == "50"
    heard, _, seen = network.output("server")
    assert heard == f"{sent} of {sent} packets, 0 lost, 0 late"
    assert seen == "50 of 50 frames could be shown, 2.00 s of 2.00 s"
    assert 0.9 * 2_000_000 < 8 * 1400 * int(sent) < 1.6 * 2_000_000, "about the rate that was asked for"


def test_a_lost_part_costs_a_whole_frame():
    network, outcome = run("server: watch", "pc: video --seconds 2 server", lost=every(20))
    assert outcome.succeeded
    received, expected, lost = map(
        int, re.match(r"(\d+) of (\d+) packets, (\d+) lost", network.output("server")[0]).groups()
    )
    assert received == expected - lost
    shown = int(network.output("server")[2].split()[0])
    assert 50 - lost <= shown < 50


def test_other_datagrams_do_no_harm():
    def chatter(words):
        import socket

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for data in (
                b"",
                b"hello",
                b"\x80" + bytes(11),
                b"\xb0" + bytes(20),
                b"\x80\x60" + bytes(10) + b"\0\5\0\5",
            ):
                sock.sendto(data, ("server", 5006))
                sock.sendto(data, ("server", 5004))

    network, outcome = run("server: watch", "server: phone --seconds 1 pc", clients={"pc": chatter})
    assert network.output("server", "stderr") == ["watch: nothing came", "phone: pc: nobody answers"][::-1]
    assert outcome.failures
