"""Each host has its own clock, and its processor takes its time: crystal, calendar, reaction (`[[host]]`)."""

import signal
import socket
import time
from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from link_network import LinkNetwork

import sim
from sim.os.clock import EPOCH_NS, HostClock
from sim.os.process import calling
from sim.os.processor import TICK_NS, Processor
from sim.os.timers import Timers
from stack.parameters import LINUX
from stack.wire import ipv4, tcp, tcp_options

SECOND = 1_000_000_000
Main = Callable[[list[str]], int | None]


class TrueTime:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0
        self._timers = Timers()
        self.call_at = self._timers.call_at

    def pass_to(self, now: int) -> None:
        self.now = now
        self._timers.fire(now)


@pytest.mark.parametrize(
    ("ppb", "reads"), [(100_000, 1_000_100_000_000), (-100_000, 999_900_000_000), (0, 10**12)]
)
def test_1000_s_are_read_as_the_crystal_has_them(ppb: int, reads: int) -> None:
    true = TrueTime()
    clock = HostClock(true, ppb)
    true.pass_to(1000 * SECOND)
    assert (clock.now, clock.wall) == (reads, EPOCH_NS + reads)


@pytest.mark.parametrize("ppb", [-500_000, -100_000, -1, 0, 1, 333, 50_000, 500_000])
@pytest.mark.parametrize("deadline", [0, 1, 999, 1_000_000_007, 4_294_967_296_123])
def test_a_timer_fires_at_the_first_nanosecond_at_which_its_clock_reads_so_much(
    ppb: int, deadline: int
) -> None:
    true = TrueTime()
    clock = HostClock(true, ppb)
    fired: list[int] = []
    timer = clock.call_at(deadline, lambda: fired.append(true.now))
    due = true._timers.next_deadline()
    assert due is not None
    assert timer.deadline == deadline  # by the clock that it was set by
    true.pass_to(due - 1)
    assert not fired
    assert clock.now < deadline or not deadline
    true.pass_to(due)
    assert fired == [due]
    assert clock.now >= deadline


def on_two(ppm: float, main: Main, other: Main | None = None) -> LinkNetwork:
    """A network whose host `fast` is `ppm` fast and whose host `slow` is as much slow."""
    network = LinkNetwork("fast", "slow", ppb={"fast": round(ppm * 1000), "slow": round(-ppm * 1000)})
    for host in network.hosts.values():
        host.spawn("program", main)
    with network:
        network.run()
    return network


def test_hosts_at_plus_and_minus_100_ppm_that_measure_1000_s_measure_different_times() -> None:
    measured: dict[str, float] = {}
    ended: dict[str, int] = {}

    def program(arguments: list[str]) -> None:
        begun = time.monotonic()
        time.sleep(1000)
        host = calling("test").process.host
        measured[host.name] = time.monotonic() - begun
        ended[host.name] = host.kernel.now

    on_two(100, program)
    assert measured == {"fast": pytest.approx(1000, abs=1e-6), "slow": pytest.approx(1000, abs=1e-6)}
    # 1000 s of a clock that is 100 ppm fast are over after 1000 / 1.0001 s.
    assert ended["fast"] == pytest.approx(999_900_009_999, abs=1000)
    assert ended["slow"] == pytest.approx(1_000_100_010_001, abs=1000)


def sleep_for(seconds: float) -> None:
    """Not `time.sleep` itself: a list outside a function would hold the real one."""
    time.sleep(seconds)


def select_for(seconds: float) -> None:
    """A time-out of a socket: epoll's, poll's and select's come the same way."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(seconds)
        with pytest.raises(TimeoutError):
            sock.recv(1)


def alarm_in(seconds: float) -> None:
    """setitimer(2)."""
    came: list[int] = []
    signal.signal(signal.SIGALRM, lambda number, frame: came.append(number))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    while not came:
        signal.pause()


@pytest.mark.parametrize("wait", [sleep_for, select_for, alarm_in])
def test_every_deadline_of_a_program_is_by_its_host_s_clock(wait: Callable[[float], None]) -> None:
    ended: dict[str, int] = {}

    def program(arguments: list[str]) -> None:
        wait(100)
        host = calling("test").process.host
        ended[host.name] = host.kernel.now

    on_two(500, program)
    assert ended["fast"] == pytest.approx(100 * SECOND / 1.0005, abs=10_000)
    assert ended["slow"] == pytest.approx(100 * SECOND / 0.9995, abs=10_000)


def of_tcp(frame: bytes) -> tcp.Segment | None:
    """The segment in an Ethernet frame, if there is one."""
    if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
        return None
    header, payload = ipv4.parse(frame[14:])
    return tcp.parse(payload, header.source, header.destination)


def syns(seconds: float, **keys: Any) -> list[int]:
    """When `pc` sends a SYN to a host that receives none, for as long as it waits by its own clock."""
    sent: list[int] = []

    def lost(frame: bytes) -> bool:
        if of_tcp(frame):
            sent.append(network.kernel.now)
        return of_tcp(frame) is not None

    def program(arguments: list[str]) -> None:
        with socket.socket() as sock:
            sock.settimeout(seconds)
            sock.connect_ex(("192.168.1.20", 80))

    network = LinkNetwork("pc", "other", lost=lost, **keys)
    network.hosts["pc"].spawn("program", program)
    with network:
        network.run()
    return sent


def test_tcp_s_time_outs_are_by_its_host_s_clock() -> None:
    """A SYN that is always lost is sent again after 1 s, 2 s and 4 s (RFC 6298 section 5)."""
    waited = [later - sooner for sooner, later in pairwise(syns(8, ppb={"pc": 500_000}))]
    assert waited[1:] == [
        pytest.approx(2 * SECOND / 1.0005, abs=2),
        pytest.approx(4 * SECOND / 1.0005, abs=2),
    ]


def test_tcp_s_timestamps_are_by_its_host_s_clock() -> None:
    """Both have RFC 7323's clock of 1 ms; in 1000 s that of the fast host gets 500 ms ahead."""
    stamps: dict[int, list[int]] = {}

    def note(frame: bytes) -> bool:
        segment = of_tcp(frame)
        if segment is not None and segment.data:
            found = tcp_options.find_timestamps(segment.options)
            assert found is not None
            stamps.setdefault(segment.destination_port, []).append(found[0])
        return False

    def server(arguments: list[str]) -> None:
        with socket.create_server(("", 80)) as listener, listener.accept()[0] as connection:
            while data := connection.recv(10):
                connection.send(data)

    def client(arguments: list[str]) -> None:
        with socket.create_connection(("192.168.1.20", 80)) as connection:
            for wait in (1000, 0):
                connection.send(b"?")
                connection.recv(10)
                time.sleep(wait)

    network = LinkNetwork("true", "fast", lost=note, ppb={"fast": 500_000}, parameters=LINUX)
    network.hosts["fast"].spawn("server", server)
    network.hosts["true"].spawn("client", client, at_ns=1_000_000)
    with network:
        network.run()
    of_fast = stamps.pop(next(port for port in stamps if port != 80))
    assert stamps[80][1] - stamps[80][0] == pytest.approx(1_000_000, abs=1)
    assert of_fast[1] - of_fast[0] == pytest.approx(1_000_500, abs=1)


def test_arp_ages_by_its_host_s_clock() -> None:
    """An entry that is not confirmed is doubted later by a slow clock; both are silent meanwhile."""
    aged: dict[str, int] = {}

    def program(arguments: list[str]) -> None:
        host = calling("test").process.host
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"", ("192.168.1.30", 9))
            time.sleep(0.1)
            deadline = host.stack.next_deadline()
            assert deadline is not None
            time.sleep((deadline - host.clock.now) / 1e9)
            aged[host.name] = host.kernel.now

    names = ("fast", "slow", "other")
    with LinkNetwork(*names, ppb={"fast": 500_000, "slow": -500_000}) as network:
        for name in names[:2]:
            network.hosts[name].spawn("program", program)
        network.run()
    assert aged["slow"] / aged["fast"] == pytest.approx(1.0005 / 0.9995, abs=1e-5)


# -- processing time -------------------------------------------------------------------------------------


def test_a_reaction_takes_from_one_half_of_the_mean_to_one_and_a_half() -> None:
    processor = Processor(TrueTime(), 0, 4_000, Random(1))
    drawn = [processor.reaction() for _ in range(20_000)]
    assert (min(drawn), max(drawn)) == (pytest.approx(2_000, abs=2), pytest.approx(6_000, abs=2))
    assert sum(drawn) / len(drawn) == pytest.approx(4_000, rel=0.01)
    assert len(set(drawn)) > 3_900  # uniformly


def test_without_processing_time_nothing_is_drawn() -> None:
    random = Random(1)
    assert Processor(TrueTime(), 0, 0, random).reaction() == 0
    assert random.random() == Random(1).random()


def answers(processing_ns: int, seed: int = 1) -> list[int]:
    """How long after each request of a client a server's answer is sent, in ns."""
    passed: list[tuple[int, int]] = []

    def note(frame: bytes) -> bool:
        if frame[23] == socket.IPPROTO_UDP:
            passed.append((frame[5], network.kernel.now))
        return False

    def server(arguments: list[str]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", 7))
            while True:
                sock.sendto(*sock.recvfrom(100))

    def client(arguments: list[str]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for _ in range(20):
                sock.sendto(b"?", ("192.168.1.20", 7))
                sock.recv(100)

    network = LinkNetwork("pc", "server", delay_ns=0, lost=note, seed=seed, processing_ns=processing_ns)
    network.hosts["server"].spawn("server", server, service=True)
    network.hosts["pc"].spawn("client", client, at_ns=1_000_000)
    with network:
        network.run()
    return [later - sooner for (to, sooner), (_, later) in pairwise(passed) if to == 2]


def test_no_computer_answers_in_no_time_and_none_twice_in_the_same() -> None:
    """The frame is taken off the adapter, and then the program is woken: two reactions."""
    quick, slow = answers(0), answers(4_000)
    assert len(slow) == len(quick) == 20
    taken = [after - before for after, before in zip(slow, quick, strict=True)]
    assert 4_000 < min(taken) < max(taken) < 12_500
    assert len(set(taken)) == 20
    assert len(set(quick)) < 5
    assert answers(4_000) == slow  # same seed, same bits
    assert answers(4_000, seed=2) != slow


def test_a_sleep_lasts_a_reaction_longer() -> None:
    ended: list[int] = []

    def program(arguments: list[str]) -> None:
        for _ in range(3):
            time.sleep(0.001)
            ended.append(network.kernel.now)

    with LinkNetwork("pc", processing_ns=4_000) as network:
        network.hosts["pc"].spawn("program", program)
        network.run()
    over = [later - sooner - 1_000_000 for sooner, later in pairwise((0, *ended))]
    assert all(2_000 <= ns < 6_000 for ns in over)
    assert len(set(over)) == 3


def test_a_timer_of_the_stack_comes_up_to_a_tick_late() -> None:
    processor = Processor(TrueTime(), 0, 4_000, Random(1))
    late = [processor.timer() for _ in range(20_000)]
    assert 2_000 <= min(late) < 10_000 and TICK_NS - 10_000 < max(late) < TICK_NS + 6_000
    assert sum(late) / len(late) == pytest.approx(TICK_NS / 2 + 4_000, rel=0.02)
    assert Processor(TrueTime()).timer() == 0


def test_time_outs_of_tcp_are_late_by_part_of_a_tick_each_and_never_early() -> None:
    """A SYN that is always lost is sent again after 1 s, 2 s, 4 s … (RFC 6298 section 5)."""
    sent = syns(20, processing_ns=4_000)
    late = [after - before - (SECOND << n) for n, (before, after) in enumerate(pairwise(sent[1:]), 1)]
    assert len(late) == 3 and all(0 < ns < TICK_NS + 10_000 for ns in late), late
    assert max(late) - min(late) > 10_000


# -- as a scenario has it --------------------------------------------------------------------------------


def clocks(seed: int, **keys: Any) -> dict[str, tuple[int, int]]:
    """What the clocks of two hosts of a scenario read after 1000 s, and their calendar clocks."""
    lan = sim.Lan(seed=seed)
    lan.host("first", address="192.168.1.1/24", **keys)
    lan.host("second", address="192.168.1.2/24")
    lan.link()
    with lan.start() as network:
        network.run_until("1000 s")
        return {host.name: (host.clock.now, host.clock.wall) for host in network.kernel.hosts}


def test_a_scenario_s_crystals_are_drawn_within_50_ppm_by_seed_and_name() -> None:
    read = [now for seed in range(20) for now, _ in clocks(seed).values()]
    assert len(set(read)) == 40
    assert all(abs(now - 1000 * SECOND) <= 50_000_000 for now in read)
    assert min(read) < 1000 * SECOND - 30_000_000 and max(read) > 1000 * SECOND + 30_000_000
    assert clocks(1) == clocks(1)


def test_a_scenario_can_set_clock_and_calendar_and_others_stay_as_they_are() -> None:
    drawn, set_ = clocks(1), clocks(1, clock_ppm=-100, clock_offset="-1.5 s")
    assert set_["first"] == (999_900_000_000, EPOCH_NS - 1_500_000_000 + 999_900_000_000)
    assert set_["second"] == drawn["second"]
