"""Python's library led into the simulated operating system (`sim.os`), by dispatch.

Names are patched once and stay so. Each patched function asks who is calling: a simulated thread gets
the simulation, everybody else, in this thread or another, the real thing. Nothing is swapped in and
out, so nothing leaks into a progress bar or a test runner, and `from time import monotonic` at the top
of a module that was imported long ago or is imported inside a program works like any other.

What is led where:

| file | of Python's library |
| --- | --- |
| `clock`, `dates`, `sqlite_clock` | `time`, `datetime`, SQLite's clock |
| `chance` | `random`, `os.urandom`, `uuid` |
| `names` | the look-ups of `socket` |
| `sockets`, `simsocket`, `socket_calls`, `arguments` | `socket`: functions, class, calls, their arguments |
| `tls` | `ssl`: sockets, and the time for certificates |
| `readiness` | `select`, and with it `selectors` |
| `locks`, `threads` | `_thread`, `threading`, `queue`, `concurrent.futures` |
| `tasks`, `serial` | `asyncio`; the order of sets |
| `signals` | `signal`, `os.kill` |
| `exits`, `pools` | `atexit`, finalizers, `os._exit`; pools of threads |
| `descriptors`, `file_control` | the functions of `os` that take a descriptor, `fcntl` |
| `computer` | `os.uname`, `platform`, interfaces, C libraries |
| `files`, `file_times`, `folders` | `open`, `os.open`; when files were written; `os.listdir`, `os.scandir` |
| `host_files`, `process_files` | /etc and /proc of a host |
| `users` | users and groups in `os`, `pwd`, `grp` |
| `surroundings` | the rest of `os`, `resource`, `tempfile` |
| `foreign` | packages with sockets of their own, refused |
| `held` | functions that somebody holds without a name |
| `adapters`, `freezing`, `numpy_chance` | packages that look behind the names of the library |
| `barrier` | everything else that would reach the real world, by an audit hook |
"""

from sim.python import (
    adapters,
    barrier,
    chance,
    clock,
    computer,
    dates,
    descriptors,
    exits,
    file_control,
    file_times,
    files,
    folders,
    foreign,
    freezing,
    locks,
    names,
    pools,
    readiness,
    signals,
    sockets,
    sqlite_clock,
    surroundings,
    tasks,
    threads,
    tls,
    users,
)
from sim.python.dispatch import sweep

_installed = False


def install() -> None:
    """Patch the standard library. Idempotent; cannot be undone."""
    global _installed
    foreign.guard()
    if _installed:
        return
    _installed = True
    with freezing.thawed():
        for part in (
            clock,
            dates,
            chance,
            names,
            sockets,
            readiness,
            locks,
            threads,
            pools,
            tasks,
            surroundings,
            signals,
            exits,
            files,
            file_times,
            folders,
            descriptors,
            file_control,
            computer,
            sqlite_clock,
            tls,
            users,
        ):
            part.install()
        adapters.install()
        foreign.install()
        barrier.install()
        sweep()
