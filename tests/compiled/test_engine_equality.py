"""Both engines leave the same files: every level at the same picosecond, every event, every packet.

What holds the analogue twins together (docs/architecture.md). Nothing is compared that was rounded or summed
up: the run folders are equal, octet by octet, waveform included.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import outage
import pytest

from sim.api.network import run
from sim.api.options import Options
from sim.apps.registry import find
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.shipped import scenario_path, scenario_titles

CROWD = "crowd"
BACKBONE = "backbone"
FAULTS = "faults"
TOLERANCES = "tolerances"
STAR = "star"
PAIRS = "pairs"
OUTAGE = "outage"
BROKEN = "broken"


def crowd() -> str:
    """Six stations at odd places whose crystals differ as much as they may, all talking at once."""
    text = 'title = "crowd"\nseed = 11\n'
    taps = []
    for number, at in enumerate((500, 0, 132.5, 30, 417.5, 265)):
        ppm = (100, -100, 37, -63, 99.5, 0)[number]
        text += f'[[host]]\nname = "h{number}"\naddress = "10.0.0.{number + 1}/24"\ncrystal_ppm = {ppm}\n'
        taps.append(f'{{ at = "{at} m", host = "h{number}" }}')
    text += f'[[coax]]\nname = "yellow"\nlength = "500 m"\ntaps = [{", ".join(taps)}]\n'
    for number in range(6):
        peer = f"10.0.0.{(number + 1) % 6 + 1}"
        text += f'[[program]]\nhost = "h{number}"\nrun = "ping -c 1 {peer}"\nat = "{number % 2} us"\n'
    return text


def backbone() -> str:
    """A coax between a host and two hubs with crystals far apart.

    Two stations begin at once, and the plug of a hub port is pulled while they do; later a third one's cable
    is pulled in the middle of a frame, and put back.
    """
    text = 'title = "backbone"\nseed = 3\n'
    for number in (1, 2, 3):
        text += f'[[host]]\nname = "h{number}"\naddress = "10.0.0.{number}/24"\n'
    text += '[[coax]]\nname = "yellow"\nlength = "500 m"\n'
    taps = [f'{{ at = "{at} m", host = "{end}" }}' for at, end in ((0, "h1"), (250, "a.3"), (500, "b.2"))]
    text += f"taps = [{', '.join(taps)}]\n"
    for hub, ports, ppm, host in (("a", 3, 100, "h2"), ("b", 2, -100, "h3")):
        text += f'[[hub]]\nname = "{hub}"\nports = {ports}\ncrystal_ppm = {ppm}\n'
        text += f'[[cable]]\nname = "{hub}{host}"\nlength = "99.9 m"\nends = ["{hub}.1", "{host}"]\n'
    for host, peer, at in (("h1", 3, 0), ("h2", 1, 0), ("h3", 2, 3)):
        text += f'[[program]]\nhost = "{host}"\nrun = "ping -c 1 10.0.0.{peer}"\nat = "{at} ms"\n'
    for what, end, at in (
        *(("unplug", "h3", "3.03"), ("plug", "h3", "3.1")),
        *(("unplug", "a.3", "0.03"), ("plug", "a.3", "0.06")),
    ):
        text += f'[[fault]]\nwhat = "{what}"\nhost = "{end}"\nat = "{at} ms"\n'
    return text


def star(seed: int = 7) -> str:
    """Four on a hub talk at once through different lengths of cable; one is pulled and put back meanwhile."""
    text = f'title = "star"\nseed = {seed}\n[[hub]]\nname = "hub"\nports = 4\n'
    for number, metres in enumerate((100, 0.5, 37.7, 99.9), start=1):
        text += f'[[host]]\nname = "h{number}"\naddress = "10.0.0.{number}/24"\n'
        text += f"crystal_ppm = {30 * number - 90}\n"
        text += (
            f'[[cable]]\nname = "c{number}"\nlength = "{metres} m"\nends = ["h{number}", "hub.{number}"]\n'
        )
        run = f"udp-echo --tries 1 --timeout 0.002 10.0.0.{number % 4 + 1} {'x' * 60 * number}"
        text += f'[[program]]\nhost = "h{number}"\nrun = "{run}"\nat = "{number % 2} us"\n'
    for what, at in (("unplug", 431), ("plug", 503), ("unplug", 811), ("plug", 812)):
        text += f'[[fault]]\nat = "{at} us"\nwhat = "{what}"\nhost = "h3"\n'
    return text


def pairs() -> str:
    """Twisted pairs between hosts: link pulses, swapped wires and a pulled cable; a duplex mismatch."""
    text = 'title = "pairs"\nseed = 9\n'
    for number, duplex in ((1, "auto"), (2, "auto"), (3, "auto"), (4, "full")):
        text += f'[[host]]\nname = "h{number}"\naddress = "10.0.0.{number}/24"\nduplex = "{duplex}"\n'
    for one, other, keys in ((1, 2, 'fidelity = "pulses"\nreversed = ["h2"]\n'), (3, 4, "")):
        text += f'[[cable]]\nname = "c{one}"\nlength = "99.9 m"\nends = ["h{one}", "h{other}"]\n'
        text += f'medium = "twisted pair"\n{keys}'
    for host, peer, octets, at in (
        (1, 2, 5, "130 ms"),
        (3, 4, 300, "1 ms"),
        (4, 3, 5, "1.2 ms"),
        (2, 1, 9, "600 ms"),
    ):
        run = f"udp-echo --tries 1 --timeout 0.002 10.0.0.{peer} {'x' * octets}"
        text += f'[[program]]\nhost = "h{host}"\nrun = "{run}"\nat = "{at}"\n'
    for what, at in (("unplug", "200 ms"), ("plug", "400 ms")):
        text += f'[[fault]]\nat = "{at}"\nwhat = "{what}"\nhost = "h1"\n'
    return text


def faults() -> str:
    """Three on a coax, two on a crossover, and all that may happen to cables, in and between frames."""
    text = 'title = "faults"\nseed = 3\n'
    text += "".join(f'[[host]]\nname = "h{n}"\naddress = "10.0.0.{n}/24"\n' for n in range(1, 6))
    text += '[[coax]]\nname = "yellow"\nlength = "500 m"\nterminators = ["left"]\ntaps = ['
    text += ", ".join(f'{{ at = "{at} m", host = "h{n}" }}' for n, at in ((1, 0), (2, 50), (3, 400))) + "]\n"
    text += '[[cable]]\nname = "aui"\nlength = "33.3 m"\nends = ["h4", "h5"]\n'
    for at, what, rest in (
        (1230, "short", 'cable = "yellow"\nwhere = "200 m"'),
        (1500, "terminator on", 'cable = "yellow"\nwhere = "right"'),
        (2040, "open", 'cable = "yellow"\nwhere = "300 m"'),
        (2041, "repair", 'cable = "yellow"'),
        (2777, "unplug", 'host = "h2"'),
        (3210, "plug", 'host = "h2"'),
        (3333, "terminator off", 'cable = "yellow"\nwhere = "left"'),
        (3399, "terminator on", 'cable = "yellow"\nwhere = "left"'),
        (1025, "unplug", 'host = "h5"'),
        (1040, "plug", 'host = "h5"'),
    ):
        text += f'[[fault]]\nat = "{at} us"\nwhat = "{what}"\n{rest}\n'
    for host, peer in ((1, 2), (2, 3), (3, 1), (4, 5)):
        text += f'[[program]]\nhost = "h{host}"\nrun = "ping -c 1 -s 0 10.0.0.{peer}"\nat = "1 ms"\n'
    return text


def tolerances() -> str:
    """The worst MAUs that clause 8 lets pass, on two hosts that collide and a hub; crystals far apart."""
    worst = 'transmit_loss = 2, receive_loss = 5, invalid_bit = true, jitter = "18 ns"'
    text = 'title = "tolerances"\nseed = 5\n[[hub]]\nname = "hub"\nports = 2\ncrystal_ppm = -100\n'
    for number, ppm in ((1, 100), (2, -100), (3, 0)):
        text += f'[[host]]\nname = "h{number}"\naddress = "10.0.0.{number}/24"\ncrystal_ppm = {ppm}\n'
    taps = [
        f'{{ at = "{at} m", host = "{end}", {worst} }}'
        for at, end in ((0, "h1"), (500, "h2"), (250, "hub.1"))
    ]
    text += f'[[coax]]\nname = "yellow"\nlength = "500 m"\ntaps = [{", ".join(taps)}]\n'
    text += '[[cable]]\nname = "drop"\nlength = "20 m"\nends = ["hub.2", "h3"]\n'
    text += 'transmit_loss = 2\nreceive_loss = 5\nmau_delay = "200 ns"\n'
    for host in (1, 2):
        text += f'[[program]]\nhost = "h{host}"\nrun = "ping -c 1 -s 0 10.0.0.{host + 1}"\n'
    text += '[[program]]\nhost = "h1"\nrun = "ethtool -S"\nat = "1.2 ms"\n'
    return text


def broken() -> str:
    """MAUs that break, noise, loose connectors and a jammed interrupt, in and between frames; thin coax."""
    text = 'title = "broken"\nseed = 4\nuntil = "960 us"\n[[hub]]\nname = "hub"\nports = 3\n'
    text += "".join(f'[[host]]\nname = "h{n}"\naddress = "10.0.0.{n}/24"\n' for n in range(1, 5))
    text += '[[coax]]\nname = "thin"\nlength = "185 m"\ntype = "10BASE2"\ntaps = ['
    worst = 'bit_errors = 0.002, error_burst = 2, jitter = "5 ns"'
    taps = (("0 m", "h1", ""), ("60.7 m", "h2", f", {worst}"), ("185 m", "hub.1", ""))
    text += ", ".join(f'{{ at = "{at}", host = "{end}"{more} }}' for at, end, more in taps) + "]\n"
    for n, more in ((3, "bit_errors = 0.001\n"), (4, "")):
        text += f'[[cable]]\nname = "c{n}"\nlength = "50 m"\nends = ["h{n}", "hub.{n - 1}"]\n{more}'
    for at, what, rest in (
        (60, "terminator on", 'cable = "thin"\nwhere = "100 m"'),
        (150, "terminator off", 'cable = "thin"\nwhere = "100 m"'),
        (210, "receiver off", 'host = "h4"'),
        (290, "receiver on", 'host = "h4"'),
        (330, "babble on", 'host = "h1"'),
        (350, "babble off", 'host = "h1"'),
        (390, "noise on", 'host = "hub.1"\nrate = 0.003\nburst = 5'),
        (510, "noise off", 'host = "hub.1"'),
        (540, "interrupt off", 'host = "h3"'),
        (680, "interrupt on", 'host = "h3"'),
        (720, "loose on", 'host = "h2"\nopen = "30 us"\nclosed = "50 us"'),
        (900, "loose off", 'host = "h2"'),
    ):
        text += f'[[fault]]\nat = "{at} us"\nwhat = "{what}"\n{rest}\n'
    for host, peer in ((1, 3), (2, 1), (3, 4), (4, 2)):
        text += f'[[program]]\nhost = "h{host}"\nrun = "ping -c 3 -i 0.0003 10.0.0.{peer}"\n'
    return text


WRITTEN = {
    BROKEN: broken,
    CROWD: crowd,
    FAULTS: faults,
    BACKBONE: backbone,
    TOLERANCES: tolerances,
    STAR: star,
    PAIRS: pairs,
    OUTAGE: lambda: outage.OUTAGE,
}
ENOUGH_NS = {
    "mail": 4_000_000,
    "chatty": 3_000_000,
    "too-long": 1_100_000,
    "same-page": 1_400_000,
    "campus": 1_150_000,
    "closed-port": 1_400_000,
    "long-form": 3_000_000,
}
LONG_NS = 3_000_000
"""Both engines run only the beginning of what is long for MyHDL."""
FAILING = ("closed-port", "icmp", "no-time-wait")
MAY_FAIL = (FAULTS, STAR, PAIRS, BROKEN, *(scenario_titles()[name] for name in FAILING))
LARGE = {
    *("campus", "chatty", "crossover", "dns", "download", "hub-collision", "loop", "mail", "office"),
    *("office-switch", "partition", "ping", "router", "same-page", "slow-reader", "terminator", "too-long"),
    *("closed-port", "duplex-mismatch", "fragments", "icmp", "long-form", "lossy", "no-time-wait"),
    *("round-trip", "time-wait", "two-adapters", "udp-echo", "voice"),
    *("web", BACKBONE, CROWD, OUTAGE, STAR),
}
"""Those that cost MyHDL more than ten seconds or so, or are like another one in hardware."""


WAVEFORM = {"waves.vcd", "waves.gtkw", "waves.sucl"}
WITHOUT_WAVES_ON_MYHDL = "driver"
"""Here MyHDL shows that a waveform changes no other file there either."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in LARGE else ())
        for name in (*scenario_titles(), *WRITTEN)
    ],
)
def test_every_file_of_a_run_is_the_same(name: str, tmp_path: Path) -> None:
    path = scenario_path(name)
    if name in WRITTEN:
        path = tmp_path / f"{name}.toml"
        path.write_text(WRITTEN[name]())
    scenario = load(path, lambda command: find(command)[0].service)
    if scenario.long or name in ENOUGH_NS:
        scenario = replace(scenario, until_ns=ENOUGH_NS.get(name, LONG_NS))
    recorded(scenario, "myhdl", tmp_path / "myhdl", waves=True)
    recorded(scenario, "compiled", tmp_path / "compiled", waves=True)
    recorded(scenario, "compiled", tmp_path / "captures", waves=False)
    alike(tmp_path / "myhdl", tmp_path / "compiled")
    # Without a waveform receivers sleep and nets are not looked at; what is recorded stays what it was.
    alike(tmp_path / "myhdl", tmp_path / "captures", but=WAVEFORM)
    if name == WITHOUT_WAVES_ON_MYHDL:
        recorded(scenario, "myhdl", tmp_path / "without", waves=False)
        alike(tmp_path / "myhdl", tmp_path / "without", but=WAVEFORM)


def recorded(scenario: Scenario, engine: str, folder: Path, *, waves: bool) -> None:
    outcome = run(scenario, Options(folder, engine, vcd=waves))
    assert outcome.succeeded or scenario.title in MAY_FAIL, outcome


def alike(one: Path, other: Path, but: Collection[str] = ()) -> None:
    files, others = (
        {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
        for folder in (one, other)
    )
    assert files - {*but} == others
    for file in sorted(others):
        assert (one / file).read_bytes() == (other / file).read_bytes(), file
