"""The adapter's bus side with host memory, driven as processor (cycles) and as MAC (toggles)."""

from typing import Any

from bench import Bench
from myhdl import _simulator

from hw.adapter.netlist import DMA_PINS, Station, adapter
from hw.analogue.events import Clock
from hw.analogue.memory import HostMemory
from hw.gate import opener
from hw.modules import MODULES
from hw.parts import Crystal
from hw.ports import Direction

MEMORY_OCTETS = 1 << 16
PATIENCE = 400
MODULES_OF_BUS = ("registers", "descriptors", "mii_management", "phy_management")


class BusSide(Bench):
    """The modules on the bus crystal, joined, whose DMA reaches `memory`; registers by their byte offsets.

    Pins are read and set by name. `tick` is one of the crystal's: each clock rises if its gate was open.
    """

    def __init__(self, rom_address: int = 0x020000000001) -> None:
        self._clocks: list[tuple[Any, Any, str]] = []
        crystals = [
            part for part in adapter("bus", Station(bytes(6), 0, 0)).parts if isinstance(part, Crystal)
        ]
        self.wires: dict[str, Any] = {crystal.clock: Clock() for crystal in crystals}
        ports = [port for name in MODULES_OF_BUS for port in MODULES[name].ports]
        for port in sorted(ports, key=lambda port: port.direction is Direction.IN):
            if port.name not in self.wires:
                self.wires[port.name] = port.signal()
        blocks = [
            MODULES[name].block(**{port.name: self.wires[port.name] for port in MODULES[name].ports})
            for name in MODULES_OF_BUS
        ]
        for crystal in crystals:
            is_open, _ = opener(crystal.gate, self.wires)
            self._clocks.append((self.wires[crystal.clock], is_open, crystal.divisor))
        self._divided = 0
        self.memory = HostMemory(MEMORY_OCTETS, **{name: self.wires[name] for name in DMA_PINS})
        self.failed = False
        """The last cycle ended with an error."""
        super().__init__(*blocks)
        self.set(rom_address=rom_address, link=1)

    def __getitem__(self, name: str) -> int:
        return int(self.wires[name])

    def set(self, **inputs: int) -> None:
        """Give pins new values, and settle."""
        for name, value in inputs.items():
            self.wires[name].next = value
        if _simulator._siglist:
            self.run_for(1)

    def tick(self) -> None:
        """One tick of the crystal."""
        rising = []
        for clock, is_open, divisor in self._clocks:
            if divisor:
                self._divided = self._divided + 1 if is_open() else 0
            if is_open() and (not divisor or self._divided % self[divisor] == 0):
                rising.append(clock)
        for clock in rising:
            clock.tick()
        self.run_for(1)

    def read(self, register: int) -> int:
        """One Wishbone read cycle."""
        self._cycle(register, 0, write=False)
        return self["s_dat_r"]

    def write(self, register: int, value: int) -> None:
        """One Wishbone write cycle."""
        self._cycle(register, value, write=True)

    def settle(self) -> None:
        """Go on until the clock is not needed any more."""
        for _ in range(6):
            self.tick()
        self.wait(lambda: not any(is_open() for _, is_open, _ in self._clocks))

    def wait(self, condition: Any) -> None:
        """Go on until `condition()`."""
        for _ in range(PATIENCE):
            if condition():
                return
            self.tick()
        raise AssertionError("it never comes")

    def toggle(self, name: str) -> None:
        """Change a toggle of the MAC."""
        self.set(**{name: 1 - self[name]})

    # The MAC's transmitting half.

    def take(self, octets: int) -> bytes:
        """Take `octets` of the frame, word by word, as the bit transmitter does."""
        taken = b""
        index = 0
        while len(taken) < octets:
            full, mark = f"tx_full_{index}", f"tx_taken_{index}"
            self.wait(lambda full=full, mark=mark: self[full] != self[mark])
            taken += self[f"tx_word_{index}"].to_bytes(4, "big")
            self.toggle(mark)
            index ^= 1
        return taken[:octets]

    def done(self, status: int = 0) -> None:
        """The frame is done with."""
        self.set(tx_status=status)
        self.toggle("tx_done")
        self.settle()

    # The MAC's receiving half.

    def deliver(self, octets: bytes, status: int = 0) -> None:
        """A received frame, word by word, and its end."""
        for number in range(0, len(octets), 4):
            index = number // 4 & 1
            word = octets[number : number + 4].ljust(4, b"\0")
            self.set(**{f"rx_word_{index}": int.from_bytes(word, "big")})
            self.toggle(f"rx_full_{index}")
            full, mark = f"rx_full_{index}", f"rx_taken_{index}"
            self.wait(lambda full=full, mark=mark: self[full] == self[mark])
        self.set(rx_length=len(octets), rx_status=status)
        self.toggle("rx_end")
        self.settle()

    def _cycle(self, register: int, value: int, *, write: bool) -> None:
        self.set(s_adr=register // 4, s_dat_w=value, s_we=write, s_stb=1)
        self.tick()
        self.wait(lambda: self["s_ack"] or self["s_err"])
        self.failed = bool(self["s_err"])
        assert not (self["s_ack"] and self["s_err"])
        self.set(s_stb=0)
        self.tick()
        assert not self["s_ack"]
        assert not self["s_err"]
