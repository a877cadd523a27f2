"""The barrier: a simulated program that reaches past the patches for the real world is refused.

An audit hook (PEP 578) sees what no patched name can catch, such as `_socket.socket` called directly:
the interpreter itself reports it before it happens.
"""

# ruff: noqa: ANN401 (what programs pass is as various as the library's own signatures)
import _posixsubprocess
import errno
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from sim.os.process import Thread, current
from sim.python.dispatch import dispatch

_NO_FORK = "fork is not offered: threads or asyncio do what it is for, or another program of the scenario"
_NO_PROCESS = "no program of the real machine is run: another program of the scenario does what it is for"

_REFUSED = {
    "socket.__new__": "a real socket",
    "socket.connect": "a real socket, made outside the simulation",
    "socket.bind": "a real socket, made outside the simulation",
    "socket.sendto": "a real socket, made outside the simulation",
    "socket.sendmsg": "a real socket, made outside the simulation",
    "socket.getaddrinfo": "a real name look-up",
    "socket.gethostbyname": "a real name look-up",
    "socket.gethostbyaddr": "a real name look-up",
    "socket.getnameinfo": "a real name look-up",
    "socket.gethostname": "the real host's name",
    "socket.sethostname": "the real host's name",
    "syslog.openlog": "the real machine's log",
    "syslog.syslog": "the real machine's log",
    "time.sleep": "a real sleep",
    "os.kill": "a real process",
    "os.killpg": "a real process",
    "_thread.start_new_thread": "a real thread",
    "_thread.start_joinable_thread": "a real thread",
}
"""Events of the audit that end here, and what was reached for."""

_PROCESSES = {
    "os.fork": _NO_FORK,
    "os.forkpty": _NO_FORK,
    "os.exec": _NO_PROCESS,
    "os.posix_spawn": _NO_PROCESS,
    "os.spawn": _NO_PROCESS,
    "os.system": _NO_PROCESS,
    "subprocess.Popen": _NO_PROCESS,
}
"""Those by which a program asks for a process, and why there is none."""


_BY_PATH = ("subprocess.Popen", "os.exec", "os.posix_spawn")
"""Those whose first argument is the program's path."""


class OutsideWorldError(OSError):
    """A simulated program asked for something that exists only outside the simulation.

    An OSError, as where Linux forbids a call, so that what a package does without it is done.
    """

    def __str__(self) -> str:
        return str(self.strerror)


def said_by() -> str:
    """Who calls, as a sentence about it begins."""
    thread = current()
    return "" if thread is None else f"{thread.process.host.name}: {thread.process.command}: "


def refuse(what: str, number: int = errno.EPERM) -> OutsideWorldError:
    """The error for a program that reaches for `what`."""
    if _is_called_by("multiprocessing"):
        what, number = f"a real process (multiprocessing): {_NO_FORK}", errno.ENOSYS
    return OutsideWorldError(number, f"{said_by()}a simulated program reached for {what}")


def refuse_process(call: str, why: str, arguments: tuple[Any, ...] = ()) -> OutsideWorldError:
    """The error for a program that asks for a process; one that forks may go on in silence, and sees it."""
    lists_first = sorted(arguments, key=lambda argument: not isinstance(argument, list | tuple))
    command = next((text for text in map(_command, lists_first) if text), "")
    asked = f"{call} of {command!r}" if command else call
    error = refuse(f"a real process ({asked}): {why}", errno.ENOSYS)
    if "fork" in call:
        print(error, file=sys.stderr)
    return error


def _look_for(event: str, arguments: tuple[Any, ...]) -> None:
    """FileNotFoundError, as from execve(2), where a program's path leads nowhere: many are only tried."""
    if event not in _BY_PATH:
        return
    path = os.fsdecode(arguments[0])
    directory = arguments[2] if event == "subprocess.Popen" else None
    if "/" in path and not os.path.exists(os.path.join(directory or "", path)):  # noqa: PTH110, PTH118 (any kind)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)


def _command(argument: Any) -> str:
    """The words of a command line, if it is one."""
    if isinstance(argument, str | bytes):
        return os.fsdecode(argument)
    words = argument if isinstance(argument, list | tuple) else ()
    return " ".join(os.fsdecode(word) for word in words if isinstance(word, str | bytes | os.PathLike))


def _is_called_by(package: str) -> bool:
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if str(frame.f_globals.get("__name__", "")).startswith(f"{package}."):
            return True
    return False


def _audit(
    event: str,
    arguments: tuple[Any, ...],
    refused: Mapping[str, str] = _REFUSED,
    processes: Mapping[str, str] = _PROCESSES,
    calling: Callable[[], object] = current,
) -> None:
    if event in refused and calling() is not None:  # a default outlives the module's globals at exit
        raise refuse(refused[event])
    if event in processes and calling() is not None:
        _look_for(event, arguments)
        raise refuse_process(event, processes[event], arguments)


def _no_process(thread: Thread, words: Any, *arguments: Any) -> None:
    raise refuse_process("fork_exec", _NO_PROCESS, (words,))


def install() -> None:
    """Add the audit hook; the interpreter offers no way to remove one. It does not see `fork_exec`."""
    dispatch(_posixsubprocess, "fork_exec", _no_process)
    sys.addaudithook(_audit)
