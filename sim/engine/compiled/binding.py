"""The event kernel's C interface (src/kernel.cpp), declared for ctypes.

ctypes because the interface is a few dozen functions of integers, called once per bell and not per bit: a
call costs about a microsecond, nothing has to be compiled against Python, and one library serves every
version.
"""

import ctypes
from ctypes import POINTER, Structure, c_char_p, c_int, c_int32, c_int64, c_uint8, c_uint64, c_void_p
from pathlib import Path
from typing import Any


class Bell(Structure):
    """`struct Bell` of src/host.hpp."""

    _fields_ = (("adapter", c_int32), ("kind", c_int32), ("value", c_int64))


_LAN = c_void_p
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "lan_create": (_LAN, []),
    "lan_destroy": (None, [_LAN]),
    "lan_error": (c_char_p, [_LAN]),
    "lan_wire": (c_int, [_LAN, c_uint64]),
    "lan_module": (c_int, [_LAN, c_char_p, c_int, c_char_p, POINTER(c_int)]),
    "lan_probe": (None, [_LAN] + [c_int] * 3),
    "lan_record": (None, [_LAN] + [c_int] * 2),
    "lan_settle": (None, [_LAN, c_int]),
    "lan_clock": (c_int, [_LAN]),
    "lan_gate": (c_int, [_LAN]),
    "lan_gate_level": (None, [_LAN] + [c_int] * 3),
    "lan_gate_pair": (None, [_LAN] + [c_int] * 5),
    "lan_crystal": (None, [_LAN, c_int, c_int64, c_int64, c_int, c_int]),
    "lan_divided_crystal": (None, [_LAN, c_int, c_int64, c_int64, c_int, c_int, c_int]),
    "lan_transmit_crystal": (c_int, [_LAN, c_int, c_int, c_int64, c_int64, *8 * [c_int]]),
    "lan_divider": (None, [_LAN] + [c_int] * 6),
    "lan_clock_recovery": (None, [_LAN] + [c_int] * 17),
    "lan_carrier_sense": (None, [_LAN] + [c_int] * 12),
    "lan_memory": (POINTER(c_uint8), [_LAN, c_int64] + [c_int] * 8),
    "lan_bus": (None, [_LAN] + [c_int] * 8),
    "lan_tap": (None, [_LAN] + [c_int] * 8),
    "lan_transceiver": (None, [_LAN, *12 * [c_int], c_uint64, c_uint64]),
    "lan_coax": (c_int, [_LAN]),
    "lan_reroute": (None, [_LAN, c_int, c_int] + [POINTER(c_int64)] * 5 + [c_int64]),
    "lan_drive": (None, [_LAN, c_int, c_uint64]),
    "lan_plug": (None, [_LAN, c_int, c_int]),
    "lan_generator": (None, [_LAN] + [c_int] * 3),
    "lan_play": (None, [_LAN, c_int, c_int, c_int64, POINTER(c_int64), POINTER(c_int64), c_int64]),
    "lan_pair": (None, [_LAN, c_int64, c_int64, c_int, POINTER(c_int), POINTER(c_int)]),
    "lan_twisted_pair": (None, [_LAN, POINTER(c_int), c_int, c_uint64, c_uint64]),
    "lan_hub_port": (None, [_LAN] + [c_int] * 7),
    "lan_backplane": (None, [_LAN] + [c_int] * 9),
    "lan_switch_port": (None, [_LAN, POINTER(c_int)]),
    "lan_fabric": (None, [_LAN, POINTER(c_int), c_int, c_int]),
    "lan_value": (c_uint64, [_LAN, c_int]),
    "lan_begin": (None, [_LAN, POINTER(c_int64), c_int64]),
    "lan_now": (c_int64, [_LAN]),
    "lan_advance": (c_int64, [_LAN, c_int64, POINTER(POINTER(Bell))]),
    "lan_submit": (None, [_LAN, c_int, c_int64, c_int, c_int64]),
    "lan_settled_changes": (c_int64, [_LAN]),
    "lan_take_changes": (None, [_LAN] + [c_void_p] * 3),
}


def load(path: Path) -> Any:
    """The kernel's library with its functions declared. OSError when it cannot be loaded."""
    library = ctypes.CDLL(str(path))
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library
