"""Declared ports, and circuits inside a circuit: joined by name, of one width, with one driver a wire."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from myhdl import always, block

from hw.convert import convert_module
from hw.hierarchy import JoinError, by_name, check
from hw.mac.crc32 import ONES
from hw.modules import MODULES, Circuit
from hw.ports import Direction, Port, Sig, clock, into, out, ports_of, register, signals


@block
def delay(
    clk: Annotated[Sig, clock("ticks")],
    before: Annotated[Sig, into(4, "a number")],
    after: Annotated[Sig, out(4, "the number before", initial=9)],
) -> Any:
    @always(clk.posedge)
    def move() -> None:
        after.next = before

    return move


@block
def pair(
    clk: Annotated[Sig, clock("ticks")],
    before: Annotated[Sig, into(4, "a number")],
    after: Annotated[Sig, out(4, "the number two ticks before")],
) -> Any:
    between = register(4)
    one = delay(**by_name(delay, locals(), after=between))
    other = delay(**by_name(delay, locals(), before=between))
    return one, other


@block
def unfit(
    clk: Annotated[Sig, clock("ticks")],
    before: Annotated[Sig, into(4, "a number")],
    after: Annotated[Sig, out(4, "a number")],
    wires: Any,
    moves: Any = False,
) -> Any:
    """`pair` with two of `wires` in the place of its wires, and with a process if it `moves`."""
    narrow = register(3)
    between = register(4)
    known = locals()
    one = delay(**by_name(delay, known, after=known[wires[0]]))
    other = delay(**by_name(delay, known, before=known[wires[1]]))

    @always(clk.posedge)
    def move() -> None:
        between.next = before

    return (one, other, move) if moves else (one, other)


@block
def by_position(
    clk: Annotated[Sig, clock("ticks")],
    before: Annotated[Sig, into(4, "a number")],
    after: Annotated[Sig, out(4, "the number before")],
) -> Any:
    return delay(clk, before, after)


def refusal(wires: tuple[str, str], **options: Any) -> str:
    with pytest.raises(JoinError) as refused:
        check(unfit(**signals(ports_of(unfit)), wires=wires, **options))
    return str(refused.value)


def test_a_signature_declares_the_ports() -> None:
    assert ports_of(delay) == (
        Port("clk", Direction.IN, 1, "ticks", is_clock=True),
        Port("before", Direction.IN, 4, "a number"),
        Port("after", Direction.OUT, 4, "the number before", initial=9),
    )
    assert MODULES["crc32"].clock == "clk"
    assert MODULES["crc32"].ports[-1].initial == ONES


def test_circuits_that_fit_are_accepted() -> None:
    check(pair(**signals(ports_of(pair))))


def test_a_wire_of_another_width_is_refused() -> None:
    assert refusal(("narrow", "between")) == "unfit: port after of delay has 4 bits, its wire 3"
    assert refusal(("between", "narrow")) == "unfit: port before of delay has 4 bits, its wire 3"


def test_a_second_driver_is_refused() -> None:
    both = "unfit: output after of delay is on a wire that output after of delay drives"
    assert refusal(("after", "between")) == both
    own = "unfit: output after of delay is on a wire that input before drives"
    assert refusal(("before", "between")) == own
    process = "unfit: process move is on a wire that output after of delay drives"
    assert refusal(("between", "between"), moves=True) == process


def test_a_circuit_joined_by_position_is_refused() -> None:
    with pytest.raises(JoinError, match="delay is joined by position"):
        check(by_position(**signals(ports_of(delay))))


def test_what_does_not_fit_is_not_converted(tmp_path: Path) -> None:
    circuit = Circuit(by_position)
    with pytest.raises(JoinError):
        convert_module("by_position", circuit, "verilog", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_joined_is_named_with_what_is_near() -> None:
    with pytest.raises(JoinError, match="delay has no port befor; did you mean before"):
        by_name(delay, signals(ports_of(delay)), befor=register(4))
    wires = signals(ports_of(delay))
    wires["afterwards"] = wires.pop("after")
    with pytest.raises(JoinError, match="no wire after for the port of delay; did you mean afterwards"):
        by_name(delay, wires)


def test_a_port_is_declared_once_and_referred_to_outside() -> None:
    outer = {port.name: port for port in MODULES["mac_transmit"].ports}
    inner = {port.name: port for port in MODULES["deference"].ports}
    assert outer["ipgt"] == inner["ipgt"]
    assert outer["ipgt"].width == 7
