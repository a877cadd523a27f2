"""A running network in Python: time passes when asked to, and everything can be looked at between."""

import gc
import signal
import socket
import time
from collections.abc import Iterator
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from sim import Event, Lan, Match, Network, Options, RunError, ScenarioError, TapKeys, load
from sim.os.outcome import Ending


def two_hosts(**keys: Any) -> Lan:
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24", **keys)
    lan.host("server", address="192.168.1.20/24", **keys)
    return lan


@pytest.fixture
def network() -> Iterator[Network]:
    """Two hosts on a link of 1 ms, with perfect clocks and processors that take no time."""
    lan = two_hosts(clock_ppm=0, processing_time="0 s")
    lan.link(delay="1 ms")
    with lan.start() as one:
        yield one


# -- time ----------------------------------------------------------------------------------------------


def test_time_passes_only_when_asked_to(network: Network) -> None:
    assert network.now == 0
    network.run_for("3 ms")
    assert network.now == 3_000_000
    network.run_until("5 ms")
    assert network.now == 5_000_000
    with pytest.raises(ValueError, match="4 ms has passed: it is 5000000 ns"):
        network.run_until("4 ms")
    with pytest.raises(ValueError, match="time goes forward only"):
        network.run_for("-1 ms")
    with pytest.raises(ValueError, match="has no unit"):
        network.run_for("5")


def test_until_a_condition(network: Network) -> None:
    job = network.host("pc").run(time.sleep, 0.002)
    network.run_until(job.done)
    assert network.now == 2_000_000
    network.run_until(lambda: network.now == 3_000_000, within="1 ms")  # asked at the end, too
    with pytest.raises(TimeoutError, match="the condition was not true within 10 ms"):
        network.run_until(lambda: False, within="10 ms")
    assert network.now == 13_000_000


def test_until_an_event_of_the_software_and_not_a_nanosecond_longer(network: Network) -> None:
    network.host("pc").run("ping -c 3 server")
    first = network.run_until(Match("echo reply received", where="pc"))
    second = network.run_until(Match("echo reply received", where="pc"))
    assert (first.fields["sequence"], second.fields["sequence"]) == (1, 2)
    assert network.now * 1000 - second.ps in range(1000)
    with pytest.raises(TimeoutError, match="no event with kind='echo reply received', sequence=9 within 1 s"):
        network.run_until(Match("echo reply received", sequence=9), within="1 s")


def test_steps_go_from_instant_to_instant(network: Network) -> None:
    job = network.host("pc").run(time.sleep, 0.002)
    instants = []
    while not job.done():
        network.step()
        instants.append(network.now)
    assert instants == sorted(instants) and instants[-1] == 2_000_000
    assert len(instants) < 5


def test_what_waits_for_ever_does_not_keep_time_from_passing(network: Network) -> None:
    def wait() -> None:
        with socket.create_server(("", 7)) as listener:
            listener.accept()

    job = network.host("server").run(wait)
    network.run_for("30000 s")
    with pytest.raises(TimeoutError, match=r"within 60 s; server: wait\(\) waits in accept\(\)"):
        job.wait()
    assert network.run().ending is Ending.DEADLOCK


def test_a_network_that_is_closed_says_so(network: Network) -> None:
    job = network.host("pc").run(time.sleep, 5)
    network.run_for("1 s")
    network.close()
    network.close()
    for act in (
        network.step,
        network.run,
        lambda: network.run_for("1 s"),
        lambda: network.probe("pc.adapter.irq"),
        lambda: network.unplug("pc"),
        lambda: network.listen(print),
        network.tables,
        lambda: network.host("pc").run("ping server"),
    ):
        with pytest.raises(RuntimeError, match="the network is closed: its programs are ended"):
            act()
    with pytest.raises(RunError, match=r"sleep\(\) had not ended when the run did"):
        job.result()
    assert network.recorded.find("started", where="pc")


# -- programs ------------------------------------------------------------------------------------------


def test_a_command_line_has_an_exit_status_and_its_output(network: Network) -> None:
    job = network.host("pc").run("ping -c 1 server")
    assert not job.done() and job.status is None
    assert job.wait() == 0 == job.status
    assert job.output[0] == "PING server (192.168.1.20) 56(84) bytes of data."
    lost = network.host("pc").run("ping nowhere")
    assert lost.wait() == lost.result() != 0
    assert lost.output == [] and lost.errors == ["ping: nowhere: Name or service not known"]
    with pytest.raises(ValueError, match='did you mean "ping"'):
        network.host("pc").run("pign server")
    with pytest.raises(TypeError, match="is a command line, and its arguments are words of it"):
        network.host("pc").run("ping", "server")  # type: ignore[call-overload]


def test_a_function_returns_or_raises(network: Network) -> None:
    def divide(dividend: int, divisor: int) -> float:
        print("dividing")
        return dividend / divisor

    job = network.host("pc").run(divide, 6, 4)
    assert job.wait() == 1.5 and job.output == ["dividing"]
    with pytest.raises(ZeroDivisionError):
        network.host("pc").run(divide, 6, 0).wait()


def test_a_program_is_sent_signals(network: Network) -> None:
    job = network.host("pc").run("ping server")
    network.run_for("2500 ms")
    host = network.host("pc")
    assert [process.command for process in host.processes] == ["ping server"]
    host.signal(job.process, signal.SIGINT)
    assert job.wait() == 0 and "3 packets transmitted, 3 received" in job.output[-2]
    killed = host.run(time.sleep, 100)
    network.run_for("1 s")
    host.signal(killed.process, signal.SIGKILL)
    assert killed.status == -signal.SIGKILL and host.processes == []
    with pytest.raises(RunError, match=r"sleep\(\) was ended by SIGKILL"):
        killed.result()


def test_jobs_of_a_lan_are_those_of_its_network() -> None:
    lan = two_hosts()
    lan.link()
    served = lan.program("server", "web-server")
    page = lan.program("pc", "browse http://server/", at="1 ms")
    with pytest.raises(RuntimeError, match="has not been run"):
        page.wait()
    with lan.start() as network:
        assert page.wait() == 0 and "200 OK" in page.output
        network.power_off("server")
        network.power_on("server")
        network.run_for("1 s")
        assert (
            served.process.pid == 2
            and not served.done()
            and served.process in network.host("server").processes
        )
    with pytest.raises(RunError, match="web-server had not ended when the run did"):
        served.result()


def test_an_unknown_host(network: Network) -> None:
    with pytest.raises(ValueError, match='there is no host "web"; hosts: pc, server'):
        network.host("web")


# -- faults --------------------------------------------------------------------------------------------


def test_faults_happen_now(network: Network) -> None:
    pc = network.host("pc")
    network.unplug("server")
    assert pc.run("ping -c 1 -W 1 server").wait() == 1
    network.plug("server")
    assert pc.run("ping -c 1 -W 1 server").wait() == 0
    network.power_off("server")
    assert not network.host("server").on
    assert pc.run("ping -c 1 -W 1 server").wait() == 1
    network.power_on("server")
    assert pc.run("ping -c 1 -W 1 server").wait() == 0
    kinds = [event.kind for event in network.recorded.events if event.layer in ("cable", "host")]
    assert kinds == ["unplug", "plug", "switched off", "switched on"]


def test_a_fault_that_cannot_happen_is_a_sentence(network: Network) -> None:
    for act, sentence in (
        (lambda: network.unplug("web"), 'unplug: host: there is no host "web"; hosts: pc, server'),
        (lambda: network.power_off("gw"), 'power off: host: there is no host "gw"; hosts: pc, server'),
        (lambda: network.short("yellow", at="5 m"), 'short: cable: there is no coax "yellow"'),
        (lambda: network.open("yellow", at="5"), '"5" has no unit'),
    ):
        with pytest.raises(ValueError, match=sentence):
            act()
    assert network.now == 0


def test_a_listener_may_pull_a_cable(network: Network) -> None:
    """It happens when the listener has returned; more time it cannot let pass."""

    def pull(event: Event) -> None:
        network.unplug("server")
        with pytest.raises(RuntimeError, match="a listener cannot let more of it pass"):
            network.run_for("1 ms")

    network.listen(pull, Match("echo reply received", sequence=2), at_once=True)
    assert network.host("pc").run("ping -c 4 server").wait() == 0
    assert len(network.recorded.find("echo reply received")) == 2


# -- what there is to see --------------------------------------------------------------------------------


def test_listeners_get_what_they_wanted_and_nothing_before(network: Network) -> None:
    everything: list[Event] = []
    replies: list[Event] = []
    network.host("pc").run("ping -c 1 server").wait()
    network.flush()
    network.listen(everything.append)
    network.listen(replies.append, Match("echo reply received", where="pc"))
    network.host("pc").run("ping -c 2 server").wait()
    network.close()
    assert [event.fields["sequence"] for event in replies] == [1, 2]
    assert len(everything) > 10 and network.recorded.events[-len(everything) :] == everything


def test_a_misspelt_kind_or_field_is_a_sentence(network: Network) -> None:
    with pytest.raises(
        ValueError, match='there is no kind of event "echo reply recieved"; near to it: echo reply r'
    ):
        network.run_until(Match("echo reply recieved"))
    with pytest.raises(ValueError, match='there is no field of "segment sent" "flag"; near to it: flags'):
        network.listen(print, Match("segment sent", flag="SYN"))
    with pytest.raises(ValueError, match='there is no kind of event "pong"'):
        network.recorded.find("pong")


def test_events_are_read_from_the_recording_as_it_grows(network: Network) -> None:
    network.host("pc").run("ping -c 1 server").wait()
    before = len(network.recorded.events)
    assert len(network.recorded.find("echo reply received")) == 1
    network.host("pc").run("ping -c 1 server").wait()
    assert len(network.recorded.events) > before
    assert len(network.recorded.find("echo reply received")) == 2
    assert len(network.recorded.capture("pc")) == 6


def test_tables_of_a_host(network: Network) -> None:
    server = network.host("server")
    assert server.sockets == [] and server.neighbours == []
    server.run("web-server")
    network.host("pc").run("browse http://server/").wait()
    assert ("tcp", "0.0.0.0:80", "LISTEN") in [(row.proto, row.local, row.state) for row in server.sockets]
    assert [row.address for row in server.neighbours] == ["192.168.1.10"]
    assert str(server.routes[0].network) == "192.168.1.0/24"
    assert [interface.name for interface in server.interfaces] == ["lo", "eth0"]
    counted = server.counters()
    assert counted["rx_packets"] == network.counters("server")["rx_packets"] > 3
    with pytest.raises(ValueError, match='server has no interface "eth1" with an adapter; there are: eth0'):
        server.counters("eth1")
    with pytest.raises(ValueError, match=r'"hub" has no counters; .* such as pc'):
        network.counters("hub")


def test_a_link_has_no_nets(network: Network) -> None:
    with pytest.raises(KeyError, match="a network on a link has no hardware"):
        network.probe("pc.adapter.tx_en")


def yellow(folder: Path) -> Lan:
    """Two hosts on a coax."""
    lan = Lan(folder=folder)
    taps: list[TapKeys] = []
    for number, name in enumerate(("pc", "server"), 1):
        lan.host(name, address=f"192.168.1.{number}/24")
        taps.append({"at": f"{5 * number} m", "host": name})
    lan.coax("yellow", "15 m", taps)
    return lan


def test_probes_in_myhdl(tmp_path: Path) -> None:
    """Until the first frame begins; each engine has its own way to a signal."""
    with yellow(tmp_path / "run").start(engine="myhdl") as network:
        network.host("pc").run("ping -c 1 server")
        while network.probe("pc.adapter.tx_en") == 0:
            assert network.probe("pc.adapter.mac.transmit_state") == "IDLE"
            network.run_for("10 us")
        assert network.probe("pc.adapter.mac.transmit_state") != "IDLE"


@pytest.mark.parametrize("engine", ["auto", "myhdl"])
def test_probes_events_and_counters_of_hardware(tmp_path: Path, engine: str) -> None:
    """One frame and its answer on a cable, looked at every 10 us."""
    with yellow(tmp_path / "run").start(engine=engine) as network:
        assert network.probe("pc.adapter.tx_en") == 0
        for name in ("pc.adapter.txen", "pc.adaptor.tx_en"):
            with pytest.raises(KeyError, match=r"near to it: .*pc\.adapter\.tx_en"):
                network.probe(name)
        with pytest.raises(KeyError, match="there are nets of pc, server, yellow"):
            network.probe("x")
        job = network.host("pc").run("ping -c 1 server")
        while network.probe("pc.adapter.tx_en") == 0:
            assert network.probe("pc.adapter.mac.transmit_state") == "IDLE"
            network.run_for("10 us")
        assert network.probe("pc.adapter.mac.transmit_state") != "IDLE"
        frame = network.run_until(Match("frame", where="yellow"), within="1 ms")
        assert 60_000_000 < network.now * 1000 - frame.ps + 60_000_000 < 100_000_000
        assert job.wait() == 0
        network.run_for("1 ms")
        assert network.probe("pc.adapter.tx_en") == 0
        assert network.counters("pc")["tx_packets"] == 2
        assert network.counters("yellow") == {"frames": 4, "fragments": 0}
        network.terminator_off("yellow", "left")
        assert network.host("pc").run("ping -c 1 -W 0.01 server").wait() == 1
        network.terminator_on("yellow", "left")
        assert network.host("pc").run("ping -c 1 -W 1 server").wait() == 0
    assert network.recorded.find("transmission begins", where="pc")


# -- from files ------------------------------------------------------------------------------------------


def test_a_scenario_that_ships_or_a_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match='pign: there is no such scenario; did you mean "ping"'):
        load("pign")
    (tmp_path / "lan.toml").write_text('title = "x"\n[link]\n')
    with pytest.raises(ScenarioError, match=r"lan.toml:1: host: is missing"):
        load(tmp_path / "lan.toml")
    with Network(load("ping"), Options(tmp_path / "run", vcd=False)) as network:
        assert list(network.hosts) == ["pc", "server"]
        address = network.host("pc").interfaces[1]
        assert IPv4Interface((address.address, 24)).ip.exploded == "192.168.1.10"


def test_rfc1122_3_3_1_6_the_next_default_gateway_takes_over(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(
        """
[[host]]
name = "pc"
address = "10.0.0.10/24"
gateway = "10.0.0.1"
routes = [{ to = "0.0.0.0/0", via = "10.0.0.2" }]
[[router]]
name = "one"
adapters = [{ address = "10.0.0.1/24" }, { address = "10.1.0.1/24" }]
[[router]]
name = "two"
adapters = [{ address = "10.0.0.2/24" }, { address = "10.1.0.2/24" }]
[[host]]
name = "far"
address = "10.1.0.10/24"
gateway = "10.1.0.2"
[link]
"""
    )
    with Network(load(tmp_path / "two.toml"), Options(tmp_path / "run", vcd=False)) as network:
        ping = "ping -c 1 -W 4 far"
        assert network.host("pc").run(ping).wait() == 0
        assert network.recorded.find("packet forwarded", where="one")
        network.power_off("one")
        assert network.host("pc").run("arp -d 10.0.0.1").wait() == 0
        assert [network.host("pc").run(ping).wait() for _ in range(2)] == [1, 0]
    assert network.recorded.find("gateway is dead", where="pc", gateway="10.0.0.1")


def test_earlier_events_outlive_a_later_run_in_the_same_folder(tmp_path: Path) -> None:
    lan = Lan(folder=tmp_path / "run")
    lan.host("pc", address="192.168.1.10/24")
    lan.link()
    first = lan.run()
    lan.program("pc", "ping -c 1 pc")
    second = lan.run()
    assert not first.find("started") and second.find("started")


def test_events_are_in_memory_for_who_asks_only() -> None:
    def living() -> int:
        gc.collect()
        return sum(isinstance(one, Event) for one in gc.get_objects())

    lan = two_hosts()
    lan.link()
    lan.program("pc", "ping -c 100 -i 0.01 server")
    before = living()
    run = lan.run()
    assert living() == before
    assert len(run.find("echo reply received")) == 100
    assert living() == before + len(run.events)


def test_recordings_live_as_long_as_their_run() -> None:
    def recorded() -> tuple[Path, int]:
        lan = two_hosts()
        lan.link()
        lan.program("pc", "ping -c 1 server")
        run = lan.run()
        del lan
        return run.folder, len(run.events)

    folder, count = recorded()
    gc.collect()
    assert count > 10 and not folder.exists()
