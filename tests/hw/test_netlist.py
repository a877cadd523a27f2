"""hw.netlist: parts fit, or the sentence says which do not."""

import pytest

from hw.adapter.netlist import Station, adapter
from hw.analogue.carrier_sense import TIMES
from hw.analogue.transceiver import Tolerances
from hw.fitting import NetlistError
from hw.gate import Gate
from hw.mau.netlist import mau
from hw.netlist import Joint, Netlist, Unit
from hw.nets import NetKind
from hw.parts import Bus, CarrierSense, Crystal, Inner, Memory, Module, Part, Probe, lines

ALWAYS = Gate(("powered",))
CLOCKED = Crystal("mau_clk", 200_000_000, 0, ALWAYS)
CONTROL_IN = Module("control_in")
"""Its ports: mau_clk, powered, collision, jabber, sqe_burst in; aui_ci, collision_seen, jabber_seen out."""
INPUTS = {"powered": 1, "collision": 0, "jabber": 0, "sqe_burst": 0}


def unit(*parts: Part, given: dict[str, int] = INPUTS, **joined: Joint) -> Unit:
    made = Unit("box", "part", parts, given, joined=joined)
    assert made.wires
    return made


def test_parts_are_joined_by_name() -> None:
    one = unit(CLOCKED, CONTROL_IN)
    assert one.clocks == ("mau_clk",)
    assert set(INPUTS) <= set(one.wires)
    assert one.wires["powered"] == (1, 1)
    assert "aui_ci" in one
    assert "nothing" not in one


def test_wires_of_an_adapter_have_the_widths_of_its_ports() -> None:
    wires = adapter("pc", Station(bytes([2, 0, 0, 0, 0, 1]), 0, 0)).wires
    assert wires["txd"].width == 4
    assert wires["rom_address"] == (48, 0x020000000001)
    assert wires["m_sel"].width == 4
    assert wires["aui_di"] == (1, 1)


def test_what_nobody_drives_is_named_with_who_listens() -> None:
    given = {name: value for name, value in INPUTS.items() if name != "jabber"}
    with pytest.raises(NetlistError, match=r"box\.part: nothing drives jabber \(for control_in\.jabber\)"):
        unit(CLOCKED, CONTROL_IN, given=given)


def test_a_wire_has_one_driver() -> None:
    with pytest.raises(
        NetlistError, match=r"box\.part: collision_seen is driven by control_in\.collision_seen and by"
    ):
        unit(CLOCKED, CONTROL_IN, Module("control_in"))


def test_a_clock_is_made_to_tick() -> None:
    with pytest.raises(NetlistError, match="nothing makes mau_clk tick, the clock of control_in"):
        unit(CONTROL_IN)


def test_widths_are_compared() -> None:
    """As many bits at both ends: an octet selector has four, irq has one."""
    memory = Memory(4, ("adr", "dat_w", "aui_ci", "we", "stb", "dat_r", "ack", "err"))
    with pytest.raises(NetlistError, match=r"aui_ci has 1 bits at control_in\.aui_ci and 4 at memory"):
        unit(CLOCKED, CONTROL_IN, memory)


def test_a_joint_has_the_width_of_both() -> None:
    station = adapter("pc", Station(bytes(6), 0, 0))
    with pytest.raises(
        NetlistError, match=r"jabber has 1 bits, and it is joined to pc\.adapter\.txd, which has 4"
    ):
        unit(CLOCKED, CONTROL_IN, jabber=Joint(station, "txd"))


def test_a_starting_value_fits_its_wire() -> None:
    with pytest.raises(NetlistError, match=r"box\.part: 2 does not fit the 1 bits of powered"):
        unit(CLOCKED, CONTROL_IN, given=INPUTS | {"powered": 2})


def test_a_gate_asks_wires_that_are_driven() -> None:
    with pytest.raises(NetlistError, match=r"nothing drives power \(for a clock's gate\)"):
        unit(Crystal("mau_clk", 200_000_000, 0, Gate(("power",))), CONTROL_IN)


def test_two_units_have_two_names() -> None:
    with pytest.raises(NetlistError, match=r"two units called pc\.adapter"):
        Netlist([adapter("pc", Station(bytes(6), 0, 0)), adapter("pc", Station(bytes(6), 0, 1))])


def test_a_wire_is_recorded_once() -> None:
    """Also when another unit calls it otherwise."""
    station = adapter("pc", Station(bytes(6), 0, 0))
    other = Unit("box", "part", (), {}, joined={"way": Joint(station, "txd")}, probes=lines("way"))
    with pytest.raises(NetlistError, match=r"box\.part\.way is recorded twice"):
        Netlist([station, other])


def test_adapters_are_the_units_with_a_bus_and_circuits_come_once() -> None:
    one, other = (adapter(name, Station(bytes(6), 0, 0)) for name in ("one", "other"))
    outside, _ = mau(one, 1, 1, sqe_test=True, tolerances=Tolerances())
    netlist = Netlist([one, outside, other])
    assert netlist.adapters == [one, other]
    assert outside.name == "one.adapter.mau"
    assert sorted(netlist.circuits()) == sorted({*netlist.circuits()})
    assert {"mac_transmit", "jabber_timer"} <= set(netlist.circuits())
    assert any(isinstance(part, Bus) for part in one.parts)


def test_nets_have_the_width_and_the_starting_value_of_their_wires() -> None:
    station = adapter("pc", Station(bytes(6), 0, 0))
    nets = {net.name: net for net in map(station.net, station.probes)}
    assert nets["pc.adapter.link"].initial == 1
    assert (nets["pc.adapter.s_adr"].kind, nets["pc.adapter.s_adr"].width) == (NetKind.VECTOR, 10)
    assert nets["pc.adapter.mac.receive_state"].kind is NetKind.STATE
    inner = Probe("attempts", Inner("mac_transmit", "transmit_link.retries"), width=4)
    assert station.net(inner).width == 4


def test_carrier_sense_wants_its_inputs() -> None:
    with pytest.raises(NetlistError, match=r"nothing drives aui_di_active \(for carrier sense\), aui_ci"):
        unit(CarrierSense(TIMES), given={})
