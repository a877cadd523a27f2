"""RFC 9293 figure 5, row by row, and hostile segments into every state; the segments are scapy's.

Two rows are not as in the figure. SEND in LISTEN has no call in POSIX. CLOSE in SYN-RECEIVED waits for the
handshake's end: a FIN sent before it would have to be repeated together with the SYN.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from virtual_link import connecting, listening, states

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import SimpleNamespace

    from scapy.layers.inet import TCP
    from virtual_link import Link, Stranger

    from stack.sockets import Socket

SECOND = 1_000_000_000
TWO_MSL = 240 * SECOND
GONE: list[str] = []


class Scene:
    """A host's connection with a stranger, brought into a state; `child` is the host's socket."""

    def __init__(self, link: Link, stranger: Stranger) -> None:
        self.link, self.host, self.stranger = link, link.hosts[0], stranger
        self.child: Socket | None = None

    @property
    def state(self) -> list[str]:
        return states(self.host)

    def act(self, call: str) -> list[TCP]:
        """A call of the program; what the host sends then."""
        getattr(self.child, call)(*([socket.SHUT_WR] if call == "shutdown" else []), self.link.now)
        return self.stranger.hear()

    def finish(self, acknowledges_fin: bool) -> list[TCP]:
        """The stranger's FIN."""
        ack = self.stranger.ack + acknowledges_fin
        answers = self.stranger.say("FA", ack=ack)
        self.stranger.seq, self.stranger.ack = self.stranger.seq + 1, ack
        return answers


@pytest.fixture
def into(link: Link, tools: SimpleNamespace) -> Callable[[str], Scene]:
    """Brings a connection into a state, by nothing but the figure's rows."""

    def reach(state: str) -> Scene:
        host = link.hosts[0]
        scene = Scene(link, tools.Stranger(link, host))
        stranger = scene.stranger
        if state == "CLOSED":
            return scene
        if state == "SYN-SENT":
            stranger.own_port = 80
            scene.child = connecting(link, host, (stranger.address, 80))
            (syn,) = stranger.hear()
            stranger.port, stranger.ack = syn.sport, syn.seq + 1
            return scene
        server = scene.child = listening(link, host)
        if state == "LISTEN":
            return scene
        if state == "SYN-RECEIVED":
            (answer,) = stranger.say("S")
            stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
            return scene
        stranger.shake_hands()
        scene.child, _ = server.accept(link.now)
        if state in ("CLOSE-WAIT", "LAST-ACK"):
            scene.finish(False)
        if state not in ("ESTABLISHED", "CLOSE-WAIT"):
            scene.act("shutdown" if state.startswith("FIN-WAIT") else "close")
        if state == "CLOSING":
            scene.finish(False)
        if state in ("FIN-WAIT-2", "TIME-WAIT"):
            stranger.ack += 1
            stranger.say("A")
        if state == "TIME-WAIT":
            scene.finish(False)
        assert scene.state == [state]
        return scene

    return reach


def told(answers: list[TCP]) -> list[str]:
    return [str(answer.flags) for answer in answers]


# The figure


def test_closed_passive_open_is_listen_and_close_closed_again(into: Callable[[str], Scene]) -> None:
    scene = into("LISTEN")
    assert [row.state for row in scene.host.stack.table()] == ["LISTEN"]
    scene.act("close")
    assert scene.host.stack.table() == []


def test_closed_active_open_sends_a_syn(into: Callable[[str], Scene]) -> None:
    assert into("SYN-SENT").state == ["SYN-SENT"]  # `into` has received the SYN


@pytest.mark.parametrize(
    ("state", "flags", "acknowledges", "answer", "after"),
    [
        ("LISTEN", "S", 0, ["SA"], ["SYN-RECEIVED"]),
        ("SYN-SENT", "SA", 0, ["A"], ["ESTABLISHED"]),
        ("SYN-SENT", "S", 0, ["SA"], ["SYN-RECEIVED"]),
        ("SYN-RECEIVED", "A", 0, [], ["ESTABLISHED"]),
        ("SYN-RECEIVED", "R", 0, [], GONE),  # to LISTEN: the listener is another row of the table
        ("SYN-RECEIVED", "FA", 0, ["A"], ["CLOSE-WAIT"]),
        ("ESTABLISHED", "FA", 0, ["A"], ["CLOSE-WAIT"]),
        ("FIN-WAIT-1", "A", 1, [], ["FIN-WAIT-2"]),
        ("FIN-WAIT-1", "FA", 0, ["A"], ["CLOSING"]),
        ("FIN-WAIT-1", "FA", 1, ["A"], ["TIME-WAIT"]),
        ("FIN-WAIT-2", "FA", 0, ["A"], ["TIME-WAIT"]),
        ("CLOSING", "A", 1, [], ["TIME-WAIT"]),
        ("LAST-ACK", "A", 1, [], GONE),
    ],
)
def test_figure_5_a_segment_arrives(
    into: Callable[[str], Scene],
    state: str,
    flags: str,
    acknowledges: int,
    answer: list[str],
    after: list[str],
) -> None:
    scene = into(state)
    assert told(scene.stranger.say(flags, ack=scene.stranger.ack + acknowledges)) == answer
    assert scene.state == after


@pytest.mark.parametrize(
    ("state", "call", "sent", "after"),
    [
        ("SYN-SENT", "close", [], GONE),
        ("ESTABLISHED", "shutdown", ["FA"], ["FIN-WAIT-1"]),
        ("ESTABLISHED", "close", ["FA"], ["FIN-WAIT-1"]),
        ("CLOSE-WAIT", "shutdown", ["FA"], ["LAST-ACK"]),
        ("CLOSE-WAIT", "close", ["FA"], ["LAST-ACK"]),
    ],
)
def test_figure_5_the_program_calls(
    into: Callable[[str], Scene], state: str, call: str, sent: list[str], after: list[str]
) -> None:
    scene = into(state)
    assert told(scene.act(call)) == sent and scene.state == after


def test_figure_5_time_wait_ends_after_two_msl(into: Callable[[str], Scene]) -> None:
    scene = into("TIME-WAIT")
    scene.link.run(TWO_MSL - 1)
    assert scene.state == ["TIME-WAIT"]
    scene.link.run(1)
    assert scene.state == GONE


def test_close_in_syn_received_waits_for_the_end_of_the_handshake(into: Callable[[str], Scene]) -> None:
    scene = into("SYN-SENT")
    stranger = scene.stranger
    stranger.say("S")
    assert scene.state == ["SYN-RECEIVED"] and scene.act("close") == []
    stranger.seq += 1
    assert told(stranger.say("A")) == ["FA"] and scene.state == ["FIN-WAIT-1"]


# Hostile segments

SYNCHRONIZED = [
    *("SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"),
    *("CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"),
]


def is_harmless(scene: Scene, answers: list[TCP], expected: list[str]) -> None:
    """The answers are an ACK with the present numbers, or nothing; the state has not changed."""
    assert told(answers) == expected
    sent = [
        event
        for event in scene.host.said("tcp", "segment sent")
        if event["length"] or event["flags"] != "ACK"
    ]
    nxt = sent[-1]["seq"] + sent[-1]["length"] + ("SYN" in sent[-1]["flags"]) + ("FIN" in sent[-1]["flags"])
    for answer in answers:
        assert (answer.seq, answer.ack) == (nxt % 2**32, scene.stranger.seq % 2**32)


@pytest.mark.parametrize("state", SYNCHRONIZED)
class TestEverySynchronizedState:
    """The names say what comes; offsets are from RCV.NXT and SND.NXT."""

    def test_rst_at_rcv_nxt_ends_it(self, into: Callable[[str], Scene], state: str) -> None:
        scene = into(state)
        assert scene.stranger.say("R") == []
        held = state in (
            "ESTABLISHED",
            "FIN-WAIT-1",
            "FIN-WAIT-2",
            "CLOSE-WAIT",
        )  # the program has its socket
        assert scene.state == (["CLOSED"] if held else GONE)

    @pytest.mark.parametrize("offset", [1, 1000, 65_534])
    def test_rst_elsewhere_in_the_window_is_challenged(
        self, into: Callable[[str], Scene], state: str, offset: int
    ) -> None:
        scene = into(state)
        if state in ("CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"):
            offset = min(offset, 65_533)  # the FIN has taken one number of the window
        is_harmless(scene, scene.stranger.say("R", seq=scene.stranger.seq + offset), ["A"])
        assert scene.state == [state]

    @pytest.mark.parametrize("offset", [-1, 65_536, 2**31])
    def test_rst_outside_the_window_is_ignored(
        self, into: Callable[[str], Scene], state: str, offset: int
    ) -> None:
        scene = into(state)
        assert scene.stranger.say("R", seq=scene.stranger.seq + offset) == []
        assert scene.state == [state]

    @pytest.mark.parametrize("flags", ["S", "SA", "SF", "SAP"])
    def test_syn_in_the_window_is_challenged(
        self, into: Callable[[str], Scene], state: str, flags: str
    ) -> None:
        scene = into(state)
        answers = scene.stranger.say(flags)
        if state == "SYN-RECEIVED":  # a passive open returns to LISTEN (section 3.10.7.4, fourth)
            assert answers == [] and scene.state == GONE
        else:
            is_harmless(scene, answers, ["A"])
            assert scene.state == [state]

    def test_without_ack_it_is_dropped(self, into: Callable[[str], Scene], state: str) -> None:
        scene = into(state)
        for flags in ("", "P", "F", "U"):
            assert scene.stranger.say(flags, data=b"x") == []
        assert scene.state == [state]

    @pytest.mark.parametrize("offset", [1, 2, 100_000, 2**31 - 2])
    def test_an_ack_of_what_was_never_sent(
        self, into: Callable[[str], Scene], state: str, offset: int
    ) -> None:
        scene = into(state)
        beyond = scene.stranger.ack + (state in ("FIN-WAIT-1", "CLOSING", "LAST-ACK")) + offset
        answers = scene.stranger.say("A", ack=beyond, data=b"x")
        if state == "SYN-RECEIVED":  # section 3.10.7.4, fifth
            assert told(answers) == ["R"] and answers[0].seq == beyond % 2**32
        else:
            is_harmless(scene, answers, ["A"])
        assert scene.state == [state]

    def test_an_ack_older_than_any_window(self, into: Callable[[str], Scene], state: str) -> None:
        scene = into(state)
        answers = scene.stranger.say("A", ack=scene.stranger.ack - 65_536 - 2)
        if state == "SYN-RECEIVED":
            assert told(answers) == ["R"]
        else:
            is_harmless(scene, answers, ["A"])
        assert scene.state == [state]

    @pytest.mark.parametrize("offset", [-10, -(2**31) + 100, 65_536, 2**31 - 100])
    def test_text_outside_the_window_is_acknowledged_and_dropped(
        self, into: Callable[[str], Scene], state: str, offset: int
    ) -> None:
        scene = into(state)
        is_harmless(scene, scene.stranger.say("A", seq=scene.stranger.seq + offset, data=b"old text"), ["A"])
        assert scene.state == [state]

    def test_a_fin_from_the_past_changes_nothing(self, into: Callable[[str], Scene], state: str) -> None:
        scene = into(state)
        is_harmless(scene, scene.stranger.say("FA", seq=scene.stranger.seq - 1), ["A"])
        assert scene.state == [state]


@pytest.mark.parametrize("state", ["CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"])
def test_text_after_the_peers_fin_is_dropped(into: Callable[[str], Scene], state: str) -> None:
    scene = into(state)
    scene.stranger.say("A", data=b"more")
    assert scene.state == [state]
    assert scene.host.said("tcp", "drop", reason="text after the peer's FIN")


@pytest.mark.parametrize(
    ("state", "flags", "answer"),
    [
        *(("CLOSED", flags, ["RA"]) for flags in ("", "S", "F", "P", "SF")),
        *(("CLOSED", flags, ["R"]) for flags in ("A", "SA", "FA", "PA")),
        *((state, flags, []) for state in ("CLOSED", "LISTEN") for flags in ("R", "RA", "RS", "FRA")),
        *(("LISTEN", flags, ["R"]) for flags in ("A", "SA", "FA")),
        *(("LISTEN", flags, []) for flags in ("", "F", "P", "FU")),
        *(("SYN-SENT", flags, []) for flags in ("", "F", "P", "A", "FA", "R", "FR")),
    ],
)
def test_hostile_segments_before_there_is_a_connection(
    into: Callable[[str], Scene], state: str, flags: str, answer: list[str]
) -> None:
    scene = into(state)
    before = [row.state for row in scene.host.stack.table()]
    assert told(scene.stranger.say(flags)) == answer
    assert [row.state for row in scene.host.stack.table()] == before


@pytest.mark.parametrize("flags", ["A", "SA", "RA"])
@pytest.mark.parametrize("offset", [-1, 1, 2**31])
def test_a_wrong_ack_in_syn_sent_is_reset_unless_it_is_a_reset(
    into: Callable[[str], Scene], flags: str, offset: int
) -> None:
    scene = into("SYN-SENT")
    answers = scene.stranger.say(flags, ack=scene.stranger.ack + offset)
    assert told(answers) == ([] if "R" in flags else ["R"]) and scene.state == ["SYN-SENT"]
