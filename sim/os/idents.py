"""Identifiers of simulated threads: numbers apart from those of the operating system's.

A real one is the address of the C library's record of a thread, and packages pass it on to the C library
(`pthread_setname_np`, `pthread_kill`). So behind ours are pages of zeros where Linux gives them: there the
C library finds a thread with number 0, which does not exist, and fails in place of a crash.
"""

import ctypes
import mmap

FIRST = 1 << 40
"""The first is one more. The same in all runs."""
_OCTETS = 1 << 30
"""Pages that nobody writes to take no memory."""
_NO_RESERVE, _ONLY_THERE = 0x4000, 0x100000
"""MAP_NORESERVE, MAP_FIXED_NOREPLACE of mmap(2)."""


def _put_zeros() -> None:
    call = getattr(ctypes.CDLL(None), "mmap", None)
    if call is None:
        return
    call.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    call.restype = ctypes.c_void_p
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE | _ONLY_THERE
    call(FIRST, _OCTETS, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)


_put_zeros()
