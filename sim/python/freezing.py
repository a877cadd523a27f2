"""freezegun: who freezes the time freezes its own, a test the real one, a program that of its process.

Its functions take the place of the clocks for all callers, and ask its list of what is frozen. Each entry is
noted with the process that made it, or none, and holds for that process only: a program goes on by its host's
clock while the test around it is frozen, and other hosts while a program is.
"""

# ruff: noqa: ANN401 (another package's objects)
import datetime
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from sim.os.process import Process, current
from sim.python.dispatch import names, real

MODULE = "freezegun.api"


def _caller() -> Process | None:
    thread = current()
    return None if thread is None else thread.process


def adapt(module: Any) -> None:
    """Let the module `freezegun.api` freeze for who calls."""
    for key, (owner, name) in names.items():
        if owner is time and getattr(module, f"real_{name}", None) is real[key]:
            setattr(module, f"real_{name}", getattr(time, name))
    makers: dict[int, Process | None] = {id(one): None for one in module.freeze_factories}
    start, uses_real_time = module._freeze_time.start, module._should_use_real_time

    @wraps(start)
    def start_for_caller(freezer: Any) -> Any:
        factory = start(freezer)
        makers[id(factory)] = _caller()
        return factory

    def own() -> Any:
        """What the caller has frozen."""
        caller = _caller()
        return next((one for one in reversed(module.freeze_factories) if makers.get(id(one)) is caller), None)

    def should_use_real_time() -> bool:
        return own() is None or uses_real_time()

    def get_current_time() -> Any:
        frozen = own()
        return module.real_datetime.now() if frozen is None else frozen()

    def time_to_freeze() -> Any:
        frozen = own()
        return None if frozen is None else frozen()

    def utcnow(cls: Any) -> Any:
        frozen = own()
        return module.datetime_to_fakedatetime(module.real_datetime.utcnow() if frozen is None else frozen())

    module._freeze_time.start = start_for_caller
    module._should_use_real_time = should_use_real_time
    module.get_current_time = get_current_time
    module.FakeDatetime._time_to_freeze = staticmethod(time_to_freeze)
    module.FakeDatetime.utcnow = classmethod(utcnow)


@contextmanager
def thawed() -> Iterator[None]:
    """What is frozen already is as it was before, so that the library itself is led into the simulation."""
    module: Any = sys.modules.get(MODULE)
    if module is None or not module.freeze_factories:
        yield
        return
    fakes = {name: one for name, one in vars(time).items() if getattr(one, "__module__", "") == MODULE}
    classes = datetime.datetime, datetime.date
    for name in fakes:
        setattr(time, name, getattr(module, f"real_{name}"))
    datetime.datetime, datetime.date = module.real_datetime, module.real_date  # type: ignore[misc]  # classes
    try:
        yield
    finally:
        for name, fake in fakes.items():
            setattr(time, name, fake)
        datetime.datetime, datetime.date = classes  # type: ignore[misc]  # as above
