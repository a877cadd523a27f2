"""The barrier: a simulated program that reaches past the patches for the real world is refused.

An audit hook (PEP 578) sees what no patched name can catch, such as `_socket.socket` called directly:
the interpreter itself reports it before it happens.
"""

import sys
from collections.abc import Mapping
from typing import Any

from sim.os.process import current

_REFUSED = {
    "socket.__new__": "a real socket",
    "socket.getaddrinfo": "a real name look-up",
    "socket.gethostbyname": "a real name look-up",
    "socket.gethostbyaddr": "a real name look-up",
    "socket.getnameinfo": "a real name look-up",
    "socket.gethostname": "the real host's name",
    "socket.sethostname": "the real host's name",
    "time.sleep": "a real sleep",
    "os.fork": "a real process (fork is not offered)",
    "os.forkpty": "a real process (fork is not offered)",
    "os.exec": "a real process (exec is not offered)",
    "os.posix_spawn": "a real process (subprocesses are not offered)",
    "os.spawn": "a real process (subprocesses are not offered)",
    "os.system": "a real process (subprocesses are not offered)",
    "subprocess.Popen": "a real process (subprocesses are not offered)",
    "os.kill": "a real process",
    "os.killpg": "a real process",
    "_thread.start_new_thread": "a real thread",
    "_thread.start_joinable_thread": "a real thread",
}


class OutsideWorldError(RuntimeError):
    """A simulated program asked for something that exists only outside the simulation."""


def refuse(what: str) -> OutsideWorldError:
    """The error for a program that reaches for `what`."""
    thread = current()
    who = "" if thread is None else f"{thread.process.host.name}: {thread.process.command}: "
    return OutsideWorldError(f"{who}a simulated program reached for {what}")


def _audit(event: str, arguments: tuple[Any, ...], refused: Mapping[str, str] = _REFUSED) -> None:
    if event in refused and current() is not None:  # a default outlives the module's globals at exit
        raise refuse(refused[event])


def install() -> None:
    """Add the audit hook; the interpreter offers no way to remove one."""
    sys.addaudithook(_audit)
