"""In all tests here the real functions raise when a simulated program reaches them: nothing leaks out."""

from collections.abc import Callable
from typing import Any

import pytest

from sim.os.process import current
from sim.python import install
from sim.python.dispatch import real

_OUTSIDE = (
    "socket.",
    "select.",
    "time.",
    "random.",
    "uuid.",
    "os.urandom",
    "os.getrandom",
    "os.get",
    "_thread.",
)
_HARMLESS = ("time.gmtime", "time.localtime", "time.ctime", "time.asctime", "time.strftime", "time.tzset")
"""They only compute; ours call them."""


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **keywords: Any) -> Any:
        if current() is not None:
            raise AssertionError(f"the real {name} was called inside a simulated program")
        return function(*arguments, **keywords)

    return call


@pytest.fixture(autouse=True)
def _nothing_real(monkeypatch: pytest.MonkeyPatch) -> None:
    install()
    names = [name for name in real if name.startswith(_OUTSIDE) and name not in _HARMLESS]
    assert {"socket.getaddrinfo", "time.sleep", "select.epoll", "os.urandom", "random.random"} <= set(names)
    for name in names:
        if name != "socket.socket.__new__":
            monkeypatch.setitem(real, name, _guarded(name, real[name]))
