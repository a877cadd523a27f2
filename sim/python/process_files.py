"""What proc(5) has of the calling process, as psutil reads it: /proc/self and the directory of its number.

Of other processes there is nothing to read or to list, as with hidepid=2. Memory is the real interpreter's,
which is one for all, so none is said to be used.
"""

import os
import re
from collections.abc import Callable

from sim.os.process import Process, Thread

_TICKS_NS = 10_000_000
"""USER_HZ is 100."""
_STAT_ZEROS = 30
"""Fields of stat after the time at which the process began."""


def _stat(thread: Thread) -> str:
    process = thread.process
    began, used = (ns // _TICKS_NS for ns in (process.threads[0].began, _used(process)))
    parent, group, session = os.getppid(), process.pid, process.pid
    return (
        f"{process.pid} ({_name(process)}) R {parent} {group} {session} 0 -1 0 0 0 0 0 0 {used} 0 0 20 0 "
        f"{len(process.threads)} 0 {began}{' 0' * _STAT_ZEROS}\n"
    )


def _status(thread: Thread) -> str:
    process = thread.process
    lines = {
        "Name": _name(process),
        "State": "R (running)",
        "Tgid": process.pid,
        "Pid": process.pid,
        "PPid": os.getppid(),
        "Uid": "\t".join([str(os.getuid())] * 4),
        "Gid": "\t".join([str(os.getgid())] * 4),
        "FDSize": len(process.descriptors),
        "Threads": len(process.threads),
        "voluntary_ctxt_switches": 0,
        "nonvoluntary_ctxt_switches": 0,
    }
    return "".join(f"{name}:\t{value}\n" for name, value in lines.items())


def _used(process: Process) -> int:
    """Processor time of its system calls, ns."""
    return sum(thread.charged for thread in process.threads)


def _name(process: Process) -> str:
    """As the kernel cuts it (TASK_COMM_LEN)."""
    return os.path.basename(process.name)[:15]  # noqa: PTH119 (as the path of a program)


_FILES: dict[str, Callable[[Thread], str]] = {
    "stat": _stat,
    "status": _status,
    "statm": lambda thread: "0 0 0 0 0 0 0\n",
    "comm": lambda thread: f"{_name(thread.process)}\n",
    "cmdline": lambda thread: "".join(f"{word}\0" for word in thread.process.words),
}
_FOLDERS: dict[str, Callable[[Thread], list[str]]] = {
    "fd": lambda thread: [str(fd) for fd in thread.process.descriptors],
    "task": lambda thread: [str(thread.process.pid)],
}
_PATH = re.compile(r"/proc/(self|thread-self|[0-9]+)(?:/(\w+))?")


def _of_caller(thread: Thread, path: str) -> str | None:
    """What is asked for of the calling process, "" for its whole directory; None if it is of another."""
    found = _PATH.fullmatch(path)
    if found is None or (found[1].isdigit() and found[1] != str(thread.process.pid)):
        return None
    return found[2] or ""


def process_file(thread: Thread, path: str) -> str | None:
    """What is in the file; None if it is not of the calling process."""
    make = _FILES.get(_of_caller(thread, path) or "")
    return None if make is None else make(thread)


def process_folder(thread: Thread, path: str) -> list[str] | None:
    """What is in the directory; None if it is not of the calling process."""
    entry = _of_caller(thread, path)
    if entry == "":
        return [*_FILES, *_FOLDERS]
    make = _FOLDERS.get(entry or "")
    return None if make is None else make(thread)
