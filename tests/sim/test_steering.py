"""A network is steered: partitions, held frames, other paths, hosts that crash, clocks that are set."""

import socket
import time
from pathlib import Path

import pytest

from sim import Ending, Lan, Match, Network

MS = 1_000_000
HOSTS = ("a", "b", "c")


def three(delay: str = "5 ms") -> Network:
    lan = Lan()
    for number, host in enumerate(HOSTS, start=1):
        lan.host(host, address=f"10.0.0.{number}/24", clock_ppm=0, processing_time="0 s")
    lan.link(delay=delay)
    return lan.start()


def reached(network: Network, one: str, other: str) -> bool:
    """Whether a ping comes back; an ARP request that went lost is repeated after a second."""
    return network.host(one).run(f"ping -c 1 -W 3 {other}").wait() == 0


def test_a_partition_is_of_a_pair_and_both_ways() -> None:
    with three() as network:
        for one, other in (("a", "b"), ("a", "c"), ("b", "c")):
            assert reached(network, one, other)
        network.partition("a", "b")
        assert not reached(network, "a", "b") and not reached(network, "b", "a")
        assert reached(network, "a", "c") and reached(network, "c", "b")
        network.heal("a", "b")
        assert reached(network, "a", "b")


def test_a_partition_of_groups() -> None:
    with three() as network:
        network.partition("a", ["b", "c"])
        assert not reached(network, "a", "b") and not reached(network, "c", "a")
        assert reached(network, "b", "c")
        network.heal("a", ["b", "c"])
        assert reached(network, "a", "b") and reached(network, "c", "a")


def receive(count: int) -> list[tuple[bytes, int]]:
    """Datagrams, with the time of each in ms."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("", 5000))
        receiver.settimeout(1)
        found = []
        try:
            for _ in range(count):
                found.append((receiver.recv(100), round(time.monotonic() * 1000)))
        except TimeoutError:
            pass
        return found


def send(to: str, texts: list[bytes], gap_s: float) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for text in texts:
            sender.sendto(text, (to, 5000))
            time.sleep(gap_s)


@pytest.mark.parametrize(("sender", "receiver", "arrive"), [("a", "b", False), ("b", "a", True)])
def test_a_partition_of_one_direction(sender: str, receiver: str, arrive: bool) -> None:
    with three() as network:
        assert reached(network, "a", "b")
        network.partition("a", "b", one_way=True)
        job = network.host(receiver).run(receive, 1)
        network.host(sender).run(send, receiver, [b"x"], 0.0)
        assert len(job.wait()) == arrive
        ways = {event.fields["way"] for event in network.recorded.find("frame stopped")}
        assert ways == (set() if arrive else {"a to b"})


def test_what_is_under_way_when_the_partition_comes_is_lost() -> None:
    """And what was sent before it is healed does not pass, either, though it would come after."""
    with three(delay="100 ms") as network:
        assert reached(network, "a", "b")
        job = network.host("b").run(receive, 3)
        network.host("a").run(send, "b", [b"1", b"2", b"3"], 0.08)  # at 0, 80 and 160 ms
        network.run_for("50 ms")
        network.partition("a", "b")
        network.run_for("70 ms")  # the first would have come at 100 ms; the second is stopped at 80
        network.heal("a", "b")
        assert [text for text, _ in job.wait()] == [b"3"]


def test_what_is_under_way_is_lost_also_when_the_partition_is_over_before_it_would_have_come() -> None:
    with three(delay="100 ms") as network:
        assert reached(network, "a", "b")
        job = network.host("b").run(receive, 2)
        network.host("a").run(send, "b", [b"1", b"2"], 0.05)
        network.run_for("10 ms")
        network.partition("a", "b")
        network.run_for("10 ms")
        network.heal()
        assert [text for text, _ in job.wait()] == [b"2"]


def test_a_partition_of_no_time_stops_nothing() -> None:
    with three() as network:
        assert reached(network, "a", "b")
        job = network.host("b").run(receive, 1)
        network.run_for("1 ms")
        network.partition("a", "b")
        network.heal()
        network.host("a").run(send, "b", [b"1"], 0.0)
        assert [text for text, _ in job.wait()] == [b"1"]


def test_frames_of_several_hosts_that_were_held_come_in_the_order_in_which_they_came() -> None:
    with three() as network:
        assert reached(network, "a", "b") and reached(network, "c", "b")
        network.hold(["a", "c"], "b")
        job = network.host("b").run(receive, 4)
        network.host("a").run(send, "b", [b"a1", b"a2"], 0.2)
        network.run_for("100 ms")
        network.host("c").run(send, "b", [b"c1", b"c2"], 0.2)
        network.run_for("500 ms")
        network.heal()
        assert [text for text, _ in job.wait()] == [b"a1", b"c1", b"a2", b"c2"]


def test_after_this_packet() -> None:
    """The segment with the request is on the way; the cut loses just that one, and TCP sends it again."""

    def serve() -> bytes:
        listener = socket.create_server(("", 80))
        connection, _ = listener.accept()
        return connection.recv(100)

    def ask() -> None:
        socket.create_connection(("b", 80)).sendall(b"request")

    with three() as network:
        served = network.host("b").run(serve)
        network.host("a").run(ask)
        sent = network.run_until(Match("segment sent", where="a", length=lambda octets: octets > 0))
        assert network.now * 1000 == sent.ps
        network.partition("a", "b", one_way=True)
        network.run_for("10 ms")
        network.heal()
        assert served.wait() == b"request"
        (again,) = network.recorded.find("retransmission", where="a")
        assert again.ps - sent.ps >= 1000 * MS * 1000  # RTO: 1 s before a round trip was measured


def test_held_frames_come_when_they_are_released_and_in_their_order() -> None:
    with three() as network:
        assert reached(network, "a", "b")
        begin = network.now // MS
        job = network.host("b").run(receive, 3)
        network.host("a").run(send, "b", [b"1", b"2", b"3"], 0.02)
        network.run_for("10 ms")  # the first one has come
        network.hold("a", "b")
        network.run_for("90 ms")
        assert not job.done()
        network.heal("a", "b")
        times = [(text, ms - begin) for text, ms in job.wait()]
        assert times == [(b"1", 5), (b"2", 100), (b"3", 100)]
        held = [event.fields["way"] for event in network.recorded.find("frame held")]
        assert held == ["a to b"] * 2


def test_latency_and_loss_change_while_it_runs() -> None:
    def round_trip_ms(network: Network) -> float:
        job = network.host("a").run("ping -c 1 b")
        assert job.wait() == 0
        return float(next(line for line in job.output if "time=" in line).split("time=")[1].split()[0])

    with three() as network:
        assert reached(network, "a", "b")
        assert 10 < round_trip_ms(network) < 11
        network.impair("a", "b", delay="200 ms", one_way=True)
        assert 205 < round_trip_ms(network) < 206
        network.impair("b", "a", delay="100 ms")
        assert 200 < round_trip_ms(network) < 201
        network.impair("a", "b", loss=1)  # and the delay is as in the [link] again
        assert not reached(network, "a", "b") and reached(network, "a", "c")
        network.heal("a", "b")
        assert 10 < round_trip_ms(network) < 11


def write() -> None:
    Path("kept").write_text("here", encoding="ascii")


def read() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize(("empty_disk", "found"), [(False, ["kept"]), (True, [])])
def test_a_host_restarts_with_its_directory_or_without(empty_disk: bool, found: list[str]) -> None:
    with three() as network:
        network.host("a").run(write).wait()
        network.power_off("a")
        network.run_for("1 s")
        network.power_on("a", empty_disk=empty_disk)
        assert network.host("a").run(read).wait() == found
        assert len(network.recorded.find("disk emptied", where="a")) == empty_disk


def test_a_bounced_host_has_lost_its_connections_and_runs_its_services() -> None:
    def serve() -> None:
        with socket.create_server(("", 80)) as listener:
            while True:
                connection, _ = listener.accept()
                connection.sendall(b"welcome")

    def stay() -> bytes:
        with socket.create_connection(("b", 80)) as client:
            time.sleep(1)
            client.sendall(b"still there?")
            try:
                while client.recv(100):
                    pass
            except ConnectionResetError:
                return b"reset"
            return b"closed"

    with three() as network:
        network.host("b").run(serve, service=True)
        client = network.host("a").run(stay)
        network.run_for("500 ms")
        network.bounce("b")
        assert client.wait() == b"reset"
        again = network.host("a").run(lambda: socket.create_connection(("b", 80)).recv(100))
        assert again.wait() == b"welcome"


def test_a_clock_that_is_set_moves_the_calendar_and_no_timer() -> None:
    def clocks() -> list[tuple[int, int]]:
        begin, seen = time.monotonic(), []
        for _ in range(4):
            seen.append((round(time.time()) % 3600, round(time.monotonic() - begin)))
            time.sleep(1)
        return seen

    with three() as network:
        job = network.host("a").run(clocks)
        other = network.host("b").run(clocks)
        network.run_for("500 ms")
        network.step_clock("a", "-100 s")
        network.run_for("1 s")
        network.step_clock("a", "1000 s")
        assert job.wait() == [(0, 0), (3501, 1), (902, 2), (903, 3)]
        assert other.wait() == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_a_schedule_in_the_scenario_is_the_same() -> None:
    """What the verbs do now, the [[fault]] table does at a time."""
    lan = Lan()
    for number, host in enumerate(HOSTS, start=1):
        lan.host(host, address=f"10.0.0.{number}/24")
    lan.link(delay="5 ms")
    lan.fault("partition", at="1 s", between=["a", "b"])
    lan.fault("heal", at="2 s")
    lan.fault("impair", at="3 s", loss=1)
    lan.fault("clock step", at="3 s", host="c", by="1 s")
    at = {"100 ms": 0, "1100 ms": 1, "2100 ms": 0, "3100 ms": 1}
    jobs = [lan.program("a", "ping -c 1 -W 0.1 b", at=when) for when in at]
    run = lan.run(check=False)
    assert [job.result() for job in jobs] == [*at.values()]
    assert [event.kind for event in run.events if event.layer == "link" and "way" in event.fields][:1] == [
        "partition"
    ]


def test_who_waits_for_a_repair_that_is_to_come_does_not_wait_in_vain() -> None:
    """Ten minutes without anything that moves are a deadlock, but not before the last [[fault]]."""

    def serve() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("", 5000))
            server.recv(10)

    def late() -> None:
        time.sleep(1001)
        send("b", [b"x"], 0.0)

    def run(*, healed: bool) -> Ending:
        lan = Lan()
        lan.host("a", address="10.0.0.1/24")
        lan.host("b", address="10.0.0.2/24")
        lan.link()
        lan.fault("partition", at="0 s")
        if healed:
            lan.fault("heal", at="1000 s")
            lan.program("a", late, service=True)
        lan.program("b", serve)
        return lan.run(check=False).outcome.ending

    assert run(healed=True) is Ending.DONE
    assert run(healed=False) is Ending.DEADLOCK


def test_what_cannot_be() -> None:
    with three() as network:
        with pytest.raises(ValueError, match='"b" is on both sides'):
            network.partition(["a", "b"], ["b", "c"])
        with pytest.raises(ValueError, match="there is nobody on one side"):
            network.partition([], "b")
        assert reached(network, "a", "b") and reached(network, "a", "c")  # nothing was done
        with pytest.raises(ValueError, match='hold: between: there is no host "d"; hosts: a, b, c'):
            network.hold("a", "d")
        with pytest.raises(ValueError, match='"impair" changes nothing; give one of delay, jitter, loss'):
            network.impair("a", "b")
        with pytest.raises(ValueError, match="impair: loss: is 2 and must be from 0 to 1"):
            network.impair("a", "b", loss=2)
        with pytest.raises(ValueError, match="clock step: by: is more than 50 years"):
            network.step_clock("a", "2000000000 s")
        with pytest.raises(TypeError, match="both ends of a way, or none for all"):
            network.heal("a")
        with pytest.raises(TypeError, match="both ends of a way, or none for all"):
            network.heal(one_way=True)
    lan = Lan()
    lan.host("a", address="10.0.0.1/24")
    lan.host("b", address="10.0.0.2/24")
    lan.cable("c", "10 m", ["a", "b"])
    with (
        lan.start() as network,
        pytest.raises(ValueError, match=r'"partition" is of a \[link\]; with cables use'),
    ):
        network.partition("a", "b")
