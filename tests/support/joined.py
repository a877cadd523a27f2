"""Two stations of the boxes `mac` and `phy`, joined by nothing but their pins: MII, MDIO, and crossed AUIs.

The Verilog of what joins them; and for cocotb (`tests/hw/test_joined.py`) the cases, inside Icarus. Each
station has crystals of its own. The AUI is decoded by the decoder of `phy_box`, which knows clause 7 only.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hw.boxes import BOXES
from hw.ports import Direction

SIDES = ("left", "right")
INSIDE = {
    *("tx_clk", "txd", "tx_en", "tx_er", "rx_clk", "rxd", "rx_dv", "rx_er", "crs", "col", "mdc"),
    *("mdio_i", "mdio_o", "mdio_oe"),
}
"""Pins of the MAC that the PHY is joined to."""
SHOWN = ("aui_do", "aui_do_active")
LEVELS = {"reset": 0, "aui_ci": 0, "link": 1, "negotiates": 0, "partner_announces": 0, "phy_jabber": 0}
LEVELS |= {"polarity": 0}
HALF_BIT_PS, HALF_SAMPLE_PS = 25_000, 3_125
"""Half the periods of 20 and 160 MHz."""
PPM = {"left": 100, "right": -100}


def top() -> str:
    """The module `joined`."""
    ports, body = [], []
    for side in SIDES:
        mac = [pin for pin in BOXES["mac"].box().pins if pin.name not in INSIDE]
        for pin in mac:
            width = "" if pin.width == 1 else f"[{pin.width - 1}:0] "
            ports.append(f"    {pin.direction.value} {width}{side}_{pin.name}")
        ports += [f"    output {side}_{name}" for name in SHOWN]
        body += _station(side, SIDES[1 - SIDES.index(side)])
    return "\n".join(
        ["`timescale 1ns/1ps", "module joined (", ",\n".join(ports), ");", *body, "endmodule", ""]
    )


def _station(side: str, other: str) -> Iterator[str]:
    wires = {pin.name: pin for box in ("mac", "phy") for pin in BOXES[box].box().pins if pin.name in INSIDE}
    for pin in wires.values():
        if not pin.name.startswith("mdio"):
            yield f"wire {'' if pin.width == 1 else f'[{pin.width - 1}:0] '}{side}_{pin.name};"
    for box in ("mac", "phy"):
        yield f"wire {side}_{box}_mdio_o, {side}_{box}_mdio_oe;"
    for clock, half in (("bit_clk", HALF_BIT_PS), ("sample_clk", HALF_SAMPLE_PS)):
        yield f"reg {side}_{clock} = 0;"
        yield f"always #{half / (1 + PPM[side] * 1e-6) / 1000:.3f} {side}_{clock} = ~{side}_{clock};"
    # 22.2.2.12: MDIO is 1 when nobody drives it.
    mac_drives, phy_drives = (f"(~{side}_{box}_mdio_oe | {side}_{box}_mdio_o)" for box in ("mac", "phy"))
    yield f"wire {side}_mdio = {mac_drives} & {phy_drives};"
    for box in ("mac", "phy"):
        joints = [f".{pin.name}({_wire(box, pin.name, side, other)})" for pin in BOXES[box].box().pins]
        yield f"{box} {side}_{box} ({', '.join(joints)});"


def _wire(box: str, pin: str, side: str, other: str) -> str:
    if pin == "mdio_i":
        return f"{side}_mdio"
    if pin in ("mdio_o", "mdio_oe"):
        return f"{side}_{box}_{pin}"
    if box == "phy" and pin in LEVELS:
        return f"1'd{LEVELS[pin]}"
    if pin in ("aui_di", "aui_di_active"):
        return f"{other}_{pin.replace('di', 'do')}"
    outputs = {one.name for one in BOXES["phy"].box().pins if one.direction is Direction.OUT}
    if box == "phy" and pin in outputs - INSIDE - set(SHOWN):
        return ""
    return f"{side}_{pin}"


def write(directory: Path) -> Path:
    """The file of the module `joined`."""
    path = directory / "joined.v"
    path.write_text(top(), encoding="utf-8")
    return path


class Side:
    """The pins of one station, under their own names; those that are joined inside cannot be driven."""

    def __init__(self, dut: Any, side: str) -> None:
        self._dut = dut
        self._side = side

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace() if name in INSIDE else getattr(self._dut, f"{self._side}_{name}")
