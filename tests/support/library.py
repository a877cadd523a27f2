"""A circuit's compiled library behind its pins, through ctypes."""

import ctypes
from pathlib import Path

from hw.modules import MODULES
from hw.ports import Direction

_WORDS = {1: ctypes.c_uint8, 2: ctypes.c_uint16, 4: ctypes.c_uint32, 8: ctypes.c_uint64}


class Instance:
    """One instance of circuit `name`. Pins and probes are read and set by name.

    `prefix` is what the names of the library's functions begin with.
    """

    def __init__(self, name: str, library: Path, prefix: str = "thicknet") -> None:
        circuit = MODULES[name]
        code = ctypes.CDLL(str(library))
        names = ("create", "destroy", "tick", "settle", "port", "port_bytes", "probe", "probe_bytes")
        create, self._destroy, self._tick, self._settle, port_at, port_bytes, probe_at, probe_bytes = (
            getattr(code, f"{prefix}_{name}") for name in names
        )
        for function in (create, port_at, probe_at):
            function.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(create())
        self.bytes: dict[str, int] = {}
        self._words: dict[str, ctypes._SimpleCData[int]] = {}
        self.outputs = [port.name for port in circuit.ports if port.direction is Direction.OUT]
        for number, port in enumerate(circuit.ports):
            address = port_at(self._handle, number)
            assert (address is None) == (port.name == circuit.clock)
            self._place(port.name, address, port_bytes(number))
        for number, probe in enumerate(circuit.probes):
            address = probe_at(self._handle, number)
            self._place(probe, address, probe_bytes(number))
        assert port_at(self._handle, len(circuit.ports)) is None
        assert probe_at(self._handle, len(circuit.probes)) is None

    def _place(self, name: str, address: int | None, size: int) -> None:
        if address is not None:
            self.bytes[name] = size
            self._words[name] = _WORDS[size].from_address(address)

    def __getitem__(self, name: str) -> int:
        return self._words[name].value

    def set(self, **inputs: int) -> None:
        """Give input pins new values."""
        for name, value in inputs.items():
            self._words[name].value = value

    def settle(self) -> None:
        """Evaluate the logic between the flip-flops."""
        self._settle(self._handle)

    def tick(self, **inputs: int) -> None:
        """Set `inputs`, then one rising edge."""
        self.set(**inputs)
        self._tick(self._handle)

    def destroy(self) -> None:
        """End it: pins and probes are not to be touched any more."""
        self._words.clear()
        self._destroy(self._handle)
