"""What a file may have meant otherwise is said before the run, and the run goes on."""

from pathlib import Path

import pytest

from sim.api.load import load
from sim.scenario.hints import hints
from sim.scenario.loader import load as read
from sim.scenario.shipped import scenario_path, scenario_titles

HOSTS = """\
[[host]]
name = "pc"
address = "10.0.0.1/24"
{pc}
[[host]]
name = "server"
address = "{server}"
{keys}
"""
COAX = """\
[[coax]]
name = "yellow"
length = "100 m"
taps = [{ at = "0 m", host = "pc" }, { at = "50 m", host = "server" }]
"""
PING = '[[program]]\nhost = "pc"\nrun = "ping -c 1 server"\n'
SWITCH = """\
[[switch]]
name = "sw"
ports = 4
duplex = {duplex}
[[cable]]
name = "a"
length = "10 m"
ends = ["pc", "sw.1"]
[[cable]]
name = "b"
length = "10 m"
ends = ["sw.2", "server"]
"""
HUB = SWITCH.replace("switch", "hub").replace("duplex = {duplex}\n", "")
PAIR = '[[cable]]\nname = "a"\nlength = "10 m"\nmedium = "twisted pair"\nends = ["pc", "server"]\n'
ROUTER = """\
[[router]]
name = "gw"
[[router.adapters]]
name = "eth0"
address = "10.0.0.254/24"
[[router.adapters]]
name = "eth1"
address = "10.0.1.254/24"
"""


def said(
    tmp_path: Path,
    cabling: str,
    *,
    pc: str = "",
    server: str = "10.0.0.2/24",
    keys: str = "",
    program: str = PING,
) -> list[str]:
    file = tmp_path / "lan.toml"
    file.write_text(HOSTS.format(pc=pc, server=server, keys=keys) + cabling + program)
    return list(hints(read(file, lambda command: "server" in command.split()[0])))


@pytest.mark.parametrize("name", scenario_titles())
def test_what_ships_draws_no_hint(name: str) -> None:
    wrong_on_purpose = name == "duplex-mismatch"
    assert bool([*hints(load(scenario_path(name)))]) == wrong_on_purpose


FULL, HALF = 'duplex = "full"', 'duplex = "half"'


@pytest.mark.parametrize(
    ("cabling", "pc", "server", "mismatched"),
    [
        (PAIR, "", "", None),
        (PAIR, FULL, "", ("a", "pc", "server")),
        (PAIR, "", FULL, ("a", "server", "pc")),
        (PAIR, FULL, FULL, None),
        (PAIR, HALF, "", None),
        (PAIR, FULL, HALF, ("a", "pc", "server")),
        (SWITCH.format(duplex='"auto"'), "", "", None),
        (SWITCH.format(duplex='"auto"'), "", FULL, ("b", "server", "sw.2")),
        (SWITCH.format(duplex='["auto", "full", "auto", "auto"]'), "", "", ("b", "sw.2", "server")),
        (SWITCH.format(duplex='["half", "auto", "auto", "auto"]'), "", "", None),
        (HUB, "", "", None),
        (HUB, FULL, "", ("a", "pc", "hub.1")),
        (PAIR.replace('medium = "twisted pair"', 'medium = "aui"'), FULL, "", ("a", "pc", "server")),
    ],
)
def test_28_an_end_that_is_forced_to_full_duplex(
    tmp_path: Path, cabling: str, pc: str, server: str, mismatched: tuple[str, str, str] | None
) -> None:
    """Its partner detects no negotiation, and is in half duplex (clause 28.2.3.1)."""
    cabling = (
        cabling.replace('name = "sw"\nports', 'name = "hub"\nports') if "[[hub]]" in cabling else cabling
    )
    if "[[hub]]" in cabling:
        cabling = cabling.replace("sw.", "hub.")
    found = said(tmp_path, cabling, pc=pc, keys=server)
    if mismatched is None:
        assert not found
        return
    cable, full, half = mismatched
    (sentence,) = found
    assert sentence.startswith(f"{cable}: duplex mismatch: {full} is set to full duplex")
    assert sentence.endswith(f"expect late collisions at {half}, FCS errors at {full}")


def test_full_duplex_on_a_coax(tmp_path: Path) -> None:
    (sentence,) = said(tmp_path, COAX, pc=FULL)
    assert sentence.startswith("pc is set to full duplex on yellow, which all stations share")


@pytest.mark.parametrize("cabling", [COAX, PAIR, SWITCH.format(duplex='"auto"'), "[link]\n"])
def test_two_networks_on_one_cable(tmp_path: Path, cabling: str) -> None:
    (sentence,) = said(tmp_path, cabling, server="10.0.1.2/24")
    assert sentence.startswith(
        "pc (10.0.0.1/24) and server (10.0.1.2/24) share a cable, and are in different networks"
    )


def test_a_host_beside_a_router_without_a_gateway(tmp_path: Path) -> None:
    cabling = (
        ROUTER
        + PAIR.replace('"server"]', '"gw.eth0"]')
        + PAIR.replace('"a"', '"b"').replace('"pc", "server"]', '"gw.eth1", "server"]')
    )
    gateways = {"pc": 'gateway = "10.0.0.254"', "keys": 'gateway = "10.0.1.254"'}
    assert not said(tmp_path, cabling, server="10.0.1.2/24", pc=gateways["pc"], keys=gateways["keys"])
    (sentence,) = said(tmp_path, cabling, server="10.0.1.2/24", keys=gateways["keys"])
    assert sentence == (
        'pc has no gateway, and reaches only 10.0.0.0/24: the router beside it is gateway = "10.0.0.254"'
    )


@pytest.mark.parametrize("program", ["", '[[program]]\nhost = "pc"\nrun = "web-server"\n'])
def test_nothing_to_wait_for(tmp_path: Path, program: str) -> None:
    (sentence,) = said(tmp_path, COAX, program=program)
    assert sentence.startswith("no program is waited for, so the run ends at once")
    file = tmp_path / "lan.toml"
    file.write_text('until = "1 s"\n' + file.read_text())
    assert not [*hints(read(file, lambda command: True))]
