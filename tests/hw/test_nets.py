"""Recorded nets: their dotted names, and the ports that are numbered."""

import pytest

from hw.nets import Net


@pytest.mark.parametrize(
    ("net", "name", "number"),
    [
        (Net("router.lan", "adapter.mac", "attempts"), "router.lan.adapter.mac.attempts", 0),
        (Net("hub", "port12", "link"), "hub.port12.link", 12),
        (Net("hub", "ports", "link"), "hub.ports.link", 0),
        (Net("blue", "hub.1", "line"), "blue.hub.1.line", 0),
        (Net("repeater", "", "active"), "repeater.active", 0),
    ],
)
def test_a_net_knows_its_name_and_the_number_of_its_port(net: Net, name: str, number: int) -> None:
    assert (net.name, net.number) == (name, number)
