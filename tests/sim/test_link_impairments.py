"""What `[link]` does to frames: seen by programs that count what arrives."""

import socket
import time
from itertools import pairwise
from typing import Any

from sim import Lan, Run

DATAGRAMS = 200
GAP_S = 0.002


def count() -> list[int]:
    """The numbers that arrive, in their order."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("", 5000))
    receiver.settimeout(2)
    numbers = []
    try:
        while True:
            numbers.append(int(receiver.recv(1500)[:8]))
    except TimeoutError:
        return numbers


def send(to: str, octets: int = 100) -> None:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in range(DATAGRAMS):
        sender.sendto(b"%08d" % number + bytes(octets), (to, 5000))
        time.sleep(GAP_S)


def lan(**keys: Any) -> Lan:
    built = Lan(seed=3)
    built.host("pc", address="192.168.1.10/24")
    built.host("server", address="192.168.1.20/24")
    built.link(**keys)
    return built


def one_way(sender: str, receiver: str, **keys: Any) -> tuple[list[int], Run]:
    network = lan(**keys)
    counter = network.program(receiver, count)
    network.program(sender, send, receiver)
    run = network.run()
    return counter.result(), run


def test_without_a_key_all_arrive_once_and_in_order() -> None:
    numbers, _ = one_way("pc", "server")
    assert numbers == list(range(DATAGRAMS))


def test_loss() -> None:
    numbers, run = one_way("pc", "server", loss=0.2)
    assert (
        130 <= len(numbers) <= 185
    )  # 160 expected, with a standard deviation of 5.7, and ARP is tried again
    lost = [
        event for event in run.find(layer="link", kind="frame lost") if "UDP" in str(event.fields["summary"])
    ]
    assert len(lost) == DATAGRAMS - len(numbers)
    assert {event.fields["way"] for event in lost} == {"pc to server"}


def test_duplicate() -> None:
    numbers, run = one_way("pc", "server", duplicate=0.2)
    doubled = [
        one for one in run.find(layer="link", kind="frame duplicated") if "UDP" in str(one.fields["summary"])
    ]
    assert 15 <= len(doubled) <= 65
    assert len(numbers) == DATAGRAMS + len(doubled)
    assert set(numbers) == set(range(DATAGRAMS))


def test_reorder() -> None:
    """One that is held back is overtaken by those that are sent within its 3 ms, and by no other."""
    numbers, run = one_way("pc", "server", reorder=0.1)
    assert sorted(numbers) == list(range(DATAGRAMS))
    late = [one for one, after in pairwise(numbers) if one > after]
    held = [
        event for event in run.find(layer="link", kind="frame held") if "UDP" in str(event.fields["summary"])
    ]
    assert 5 <= len(late) <= len(held) <= 40


def test_jitter_and_delay_are_between_their_bounds() -> None:
    network = lan(delay="5 ms", jitter="10 ms")
    network.program("pc", "ping -c 40 -i 0.1 server")
    run = network.run()
    times = [float(line.split("time=")[1].split()[0]) for line in run.output("pc") if "time=" in line]
    assert len(times) == 40
    times = times[1:]  # the first one waits for ARP
    assert 10 <= min(times) < 15
    assert 25 < max(times) <= 31


def test_a_pair_one_way() -> None:
    """One direction is dead: the other still carries."""
    pairs = [{"between": ["pc", "server"], "loss": 1, "one_way": True}]
    numbers, _ = one_way("pc", "server", pairs=pairs)
    assert numbers == []
    network = lan(pairs=pairs)
    network.program("server", "ping -c 1 pc")
    run = network.run(check=False)
    ways = {event.fields["way"] for event in run.find(layer="link", kind="frame lost")}
    assert ways == {"pc to server"}


def test_rate() -> None:
    """100 datagrams of 1,000 octets at 100 kb/s: 1066 octets each with headers, preamble, FCS and gap."""

    def burst() -> float:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for number in range(10):
            sender.sendto(b"%08d" % number + bytes(992), ("server", 5000))
        return time.monotonic()

    def last() -> float:
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(("", 5000))
        for _ in range(10):
            receiver.recv(1500)
        return time.monotonic()

    network = lan(rate="100 kb/s")
    received, began = network.program("server", last), network.program("pc", burst)
    network.run()
    assert 10 * 1066 * 8 / 100_000 < received.result() < 10 * 1066 * 8 / 100_000 + 0.05
    assert began.result() < 0.9


def test_the_fate_of_a_frame_is_the_seeds() -> None:
    keys: dict[str, Any] = {"loss": 0.1, "duplicate": 0.1, "jitter": "5 ms", "reorder": 0.1}
    first, second = (one_way("pc", "server", **keys)[0] for _ in range(2))
    assert first == second


def test_ways_draw_apart() -> None:
    """What goes from the server to the pc changes nothing for what goes from the pc to the server."""

    def both(talk: bool) -> list[int]:
        network = lan(loss=0.2)
        counter = network.program("server", count)
        network.program("pc", send, "server")
        if talk:
            network.program("server", send, "pc", at="100 ms")
        network.run(check=False)
        return [number for number in counter.result() if number < 40]

    assert both(talk=False) == both(talk=True)
