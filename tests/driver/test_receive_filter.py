"""Which frames reach a driver, by how it set its adapter up: row R9 from driver to driver."""

import pytest
from lan import CABLE_MM, Lan, address

from driver.settings import Settings

GROUP = bytes.fromhex("01005e0000fb")
OTHER_GROUP = bytes.fromhex("01005e000002")
SOMEBODY = address(6)
EVERYBODY = b"\xff" * 6
DESTINATIONS = (address(1), EVERYBODY, GROUP, OTHER_GROUP, SOMEBODY)


@pytest.mark.parametrize(
    ("settings", "taken"),
    [
        (Settings(groups=(GROUP,)), [address(1), EVERYBODY, GROUP]),
        (Settings(promiscuous=True), list(DESTINATIONS)),
    ],
    ids=["a group", "promiscuous"],
)
def test_r9_a_driver_gets_what_it_asked_for(settings: Settings, taken: list[bytes]) -> None:
    lan = Lan([0, CABLE_MM])
    lan.drivers[1].settings = settings
    lan.probe()
    for destination in DESTINATIONS:
        lan.send(0, destination + address(0) + b"\x08\0" + bytes(46))
    lan.run_to(1_000_000_000)
    lan.engine.close()
    assert [received.frame[:6] for received in lan.drivers[1].received] == taken
    counters = lan.drivers[1].counters
    assert counters.rx_errors == 0
    assert counters.rx_multicast == sum(group in taken for group in (GROUP, OTHER_GROUP))
