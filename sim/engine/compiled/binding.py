"""The event kernel's C interface for Python, made of src/lan.h, in which it is declared once.

ctypes because the interface is a few dozen functions of integers, called once per bell and not per bit: a
call costs about a microsecond, nothing has to be compiled against Python, and one library serves every
version. (cffi reads C, too, and takes a tenth of a second for it at each start: docs/decisions.md.)
"""

import ctypes
import re
from functools import cache
from pathlib import Path
from typing import Any

HEADER = Path(__file__).parent / "src" / "lan.h"
_TYPES: dict[str, Any] = {
    "void": None,
    "int": ctypes.c_int,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "void*": ctypes.c_void_p,
    "Lan*": ctypes.c_void_p,
    "const char*": ctypes.c_char_p,
    "const int*": ctypes.POINTER(ctypes.c_int),
    "const int64_t*": ctypes.POINTER(ctypes.c_int64),
    "uint8_t*": ctypes.POINTER(ctypes.c_uint8),
}
"""Types of C as lan.h writes them."""
_STRUCTURE = re.compile(r"struct (\w+) \{([^}]*)\};")
_FUNCTION = re.compile(r"([\w *]+?) ?(lan_\w+)\(([^)]*)\);")


@cache
def interface() -> tuple[dict[str, Any], dict[str, tuple[Any, list[Any]]]]:
    """The structures of lan.h by name; and its functions, each with the types of its result and its
    arguments."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    types = dict(_TYPES)
    structures = {}
    for name, members in _STRUCTURE.findall(text):
        fields = [(member, types[kind]) for kind, member in re.findall(r"(\w+) (\w+);", members)]
        made = structures[name] = type(name, (ctypes.Structure,), {"_fields_": fields})
        types[f"const {name}**"] = ctypes.POINTER(ctypes.POINTER(made))
    functions = {}
    for result, name, parameters in _FUNCTION.findall(text):
        kinds = [" ".join(one.split()[:-1]) for one in parameters.split(",") if one]
        functions[name] = types[result.strip()], [types[kind] for kind in kinds]
    return structures, functions


def load(path: Path) -> Any:
    """The kernel's library with its functions declared. OSError when it cannot be loaded."""
    library = ctypes.CDLL(str(path))
    for name, (result, arguments) in interface()[1].items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library
