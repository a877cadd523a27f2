"""The user of a host: `user`, number 1000, by whichever name one asks; who else there is is root, number 0.

A program cannot become another. What it may do does not depend on who it is: ports below 1024 and raw sockets
are its own, as with those capabilities. Files are the real machine's, and so are their owners.
"""

import errno
import grp
import os
import pwd

from sim.os.machine import Machine
from sim.os.process import Thread
from sim.python.dispatch import dispatch, real

NUMBER = 1000
"""Of the user and of its group: the first that a Debian system gives."""
_NAME = "user"
_ROOT = 0
_UNCHANGED = -1

_BECOMES = (
    *("setuid", "seteuid", "setreuid", "setresuid"),
    *("setgid", "setegid", "setregid", "setresgid"),
)


def users(host: Machine) -> tuple[tuple[object, ...], ...]:
    """What passwd(5) says of each user."""
    home = str(host.directory or "/")
    return (
        ("root", "x", _ROOT, _ROOT, "root", "/root", "/bin/sh"),
        (_NAME, "x", NUMBER, NUMBER, _NAME, home, "/bin/sh"),
    )


def groups() -> tuple[tuple[object, ...], ...]:
    """What group(5) says of each group."""
    return ("root", "x", _ROOT, []), (_NAME, "x", NUMBER, [])


def _owner(number: int) -> int:
    """The real owner of files that programs have written is the user, unless it is root."""
    return NUMBER if number and number == real["os.getuid"]() else number


def _getpwall(thread: Thread) -> list[pwd.struct_passwd]:
    return [pwd.struct_passwd(row) for row in users(thread.process.host)]


def _getpwuid(thread: Thread, number: int, /) -> pwd.struct_passwd:
    for row in _getpwall(thread):
        if row.pw_uid == _owner(number):
            return row
    raise KeyError(f"getpwuid(): uid not found: {number}")


def _getpwnam(thread: Thread, name: str, /) -> pwd.struct_passwd:
    for row in _getpwall(thread):
        if row.pw_name == name:
            return row
    raise KeyError(f"getpwnam(): name not found: {name!r}")


def _getgrall(thread: Thread) -> list[grp.struct_group]:
    return [grp.struct_group(row) for row in groups()]


def _getgrgid(thread: Thread, id: int) -> grp.struct_group:
    number = NUMBER if id and id == real["os.getgid"]() else id
    for row in _getgrall(thread):
        if row.gr_gid == number:
            return row
    raise KeyError(f"getgrgid(): gid not found: {id}")


def _getgrnam(thread: Thread, name: str) -> grp.struct_group:
    for row in _getgrall(thread):
        if row.gr_name == name:
            return row
    raise KeyError(f"getgrnam(): name not found: {name!r}")


def _become(thread: Thread, *numbers: int) -> None:
    if any(number not in (NUMBER, _UNCHANGED) for number in numbers):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _setgroups(thread: Thread, groups: object, /) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def _initgroups(thread: Thread, name: str, group: int, /) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def install() -> None:
    """Patch `os`, `pwd` and `grp`."""
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        dispatch(os, name, lambda thread: NUMBER)
    for name in ("getresuid", "getresgid"):
        dispatch(os, name, lambda thread: (NUMBER, NUMBER, NUMBER))
    dispatch(os, "getgroups", lambda thread: [NUMBER])
    dispatch(os, "getlogin", lambda thread: _NAME)
    dispatch(os, "getgrouplist", lambda thread, name, group, /: [group])
    for name in _BECOMES:
        dispatch(os, name, _become)
    dispatch(os, "setgroups", _setgroups)
    dispatch(os, "initgroups", _initgroups)
    for module, calls in ((pwd, (_getpwall, _getpwuid, _getpwnam)), (grp, (_getgrall, _getgrgid, _getgrnam))):
        for call in calls:
            dispatch(module, call.__name__.removeprefix("_"), call)
