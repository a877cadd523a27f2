"""How the application in `notes.py` behaves on a bad network, found out on simulated ones.

Run it with `pytest examples`. The fixture `lan` comes with thicknet.
"""

import notes
import pytest

from sim import Lan, Run

TEXTS = [f"note {number}: {'x' * 200}" for number in range(30)]


def serve_on(lan: Lan) -> notes.Server:
    """Two hosts, and the server on one; the cables between them are each test's own."""
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    server = notes.Server()
    lan.program("server", server.run, service=True)
    return server


def test_all_notes_arrive(lan: Lan) -> None:
    server = serve_on(lan)
    lan.link(delay="1 ms")
    client = lan.program("pc", notes.save, "server", TEXTS, at="10 ms")
    run = lan.run()
    assert list(server.notes.values()) == TEXTS
    assert client.result() == 1
    assert len(run.find("segment sent", where="pc", flags="SYN")) == 1


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_packet_loss_costs_time_and_no_notes(lan: Lan, loss: float) -> None:
    server = serve_on(lan)
    lan.link(delay="1 ms", loss=loss)
    lan.program("pc", notes.save, "server", TEXTS, at="10 ms")
    run = lan.run()
    assert list(server.notes.values()) == TEXTS
    assert run.find("retransmission")


@pytest.mark.parametrize("seconds", [1, 5])
def test_a_pulled_cable_is_waited_for(lan: Lan, seconds: int) -> None:
    server = serve_on(lan)
    lan.link(delay="20 ms")
    lan.fault("unplug", at="500 ms", host="server")
    lan.fault("plug", at=f"{500 + 1000 * seconds} ms", host="server")
    client = lan.program("pc", notes.save, "server", TEXTS, at="10 ms")
    lan.run()
    assert list(server.notes.values()) == TEXTS
    assert (client.result() > 1) == (seconds > 2)


def test_a_server_that_is_switched_off_is_asked_again(lan: Lan) -> None:
    server = serve_on(lan)
    lan.link(delay="20 ms")
    lan.fault("power off", at="500 ms", host="server")
    lan.fault("power on", at="800 ms", host="server")
    client = lan.program("pc", notes.save, "server", TEXTS, at="10 ms")
    run = lan.run()
    assert list(server.notes.values()) == TEXTS
    assert client.result() == 2
    assert run.find("segment received", where="pc", flags="RST")


def two_clients_on_a_hub(server_duplex: str) -> Run:
    """With real adapters: the client's host is half duplex, as a hub needs it, the server's as given."""
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24", duplex="half")
    lan.host("server", address="192.168.1.20/24", duplex=server_duplex)
    lan.hub("hub", ports=4)
    lan.cable("patch1", "10 m", ["pc", "hub.1"])
    lan.cable("patch2", "100 m", ["server", "hub.2"])
    lan.program("server", notes.Server().run, service=True)
    for _ in range(2):
        lan.program("pc", notes.save, "server", TEXTS[:2], at="1 ms")
    return lan.run()


def test_a_duplex_mismatch_is_slow_and_shows_no_error() -> None:
    """The server's adapter neither waits for others nor notices collisions: what it spoils is sent again."""
    right, wrong = two_clients_on_a_hub("half"), two_clients_on_a_hub("full")
    right_ps, wrong_ps = (run.find("ended", where="pc")[-1].ps for run in (right, wrong))
    assert right_ps < 10e9  # 10 ms, collisions and all
    assert wrong_ps > 1000e9  # a second: a retransmission timer
    assert right.find("collision") and not right.find("retransmission")
    assert wrong.find("retransmission") and wrong.outcome.succeeded


def two_clients_at_a_switch(server_duplex: str) -> Run:
    """The pc negotiates full duplex with its port of the switch; the server does too, or is forced to it."""
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24", duplex=server_duplex)
    lan.switch("switch", ports=4)
    lan.cable("patch1", "10 m", ["pc", "switch.1"])
    lan.cable("patch2", "100 m", ["server", "switch.2"])
    server = notes.Server()
    lan.program("server", server.run, service=True)
    for _ in range(2):
        lan.program("pc", notes.save, "server", TEXTS[:2], at="200 ms")
    run = lan.run()
    assert list(server.notes.values()) == TEXTS[:2]
    return run


def test_a_forced_duplex_mode_at_a_switch_that_negotiates_is_a_mismatch() -> None:
    """A port that receives no link code words takes half duplex, and its frames collide with the server's."""
    right, wrong = two_clients_at_a_switch("auto"), two_clients_at_a_switch("full")
    assert right.find("link up", where="server", full_duplex=True, negotiated=True)
    assert wrong.find("link up", where="server", full_duplex=True, negotiated=False)
    right_ps, wrong_ps = (run.find("ended", where="pc")[-1].ps for run in (right, wrong))
    assert right_ps < 210e9  # 10 ms after they began
    assert wrong_ps > 1200e9  # a second: a retransmission timer
    assert not right.find("fragment") and not right.find("retransmission")
    assert wrong.find("fragment", where="patch2") and wrong.find("retransmission")
    assert not wrong.find("fragment", where="patch1")
