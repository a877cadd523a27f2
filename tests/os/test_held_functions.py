"""Functions of the library that an object, a list or a closure held before the first network was built."""

import subprocess
import sys
import time
from collections import defaultdict, deque
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from sim.python import install
from sim.python.dispatch import real, sweep

install()
KEY = "time.monotonic"  # a name for the function itself would be replaced, too


class Attribute:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock


class Slot:
    __slots__ = ("clock", "unset")

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock


def in_attribute() -> Callable[[], Any]:
    holder = Attribute(real[KEY])
    return lambda: holder.clock


def in_attribute_with_a_dictionary() -> Callable[[], Any]:
    holder = Attribute(real[KEY])
    assert holder.__dict__["clock"] is real[KEY]
    return lambda: holder.clock


def in_slot() -> Callable[[], Any]:
    holder = Slot(real[KEY])
    return lambda: holder.clock


class OneSlot:
    __slots__ = "__clock"

    def __init__(self, clock: Callable[[], float]) -> None:
        self.__clock = clock

    def held(self) -> Callable[[], float]:
        return self.__clock

    def __getattr__(self, name: str) -> None:
        raise RuntimeError(f"somebody asks for {name}")


def in_a_private_slot() -> Callable[[], Any]:
    holder = OneSlot(real[KEY])
    return lambda: holder.held()


def in_a_static_method() -> Callable[[], Any]:
    holder = type("Holder", (), {"clock": staticmethod(real[KEY])})
    return lambda: holder.clock  # type: ignore[attr-defined]


def in_deque() -> Callable[[], Any]:
    holder = deque([None, real[KEY]])
    return lambda: holder[1]


def as_factory() -> Callable[[], Any]:
    holder = defaultdict(real[KEY])
    return lambda: holder.default_factory


def in_list() -> Callable[[], Any]:
    holder = [None, real[KEY]]
    return lambda: holder[1]


def in_dictionary() -> Callable[[], Any]:
    holder = {"clock": real[KEY]}
    return lambda: holder["clock"]


def in_partial() -> Callable[[], Any]:
    holder = partial(real[KEY])
    return lambda: holder.func


def as_argument_of_partial() -> Callable[[], Any]:
    holder = partial(Attribute, real[KEY])
    return lambda: holder.args[0]


def in_closure() -> Callable[[], Any]:
    clock = real[KEY]
    return lambda: clock


def as_default() -> Callable[[], Any]:
    def holder(clock: Callable[[], float] = real[KEY]) -> Any:
        return clock

    return holder


def as_keyword_default() -> Callable[[], Any]:
    def holder(*, clock: Callable[[], float] = real[KEY]) -> Any:
        return clock

    return holder


def in_bound_method() -> Callable[[], Any]:
    holder = Attribute(real[KEY])

    def method(self: Attribute) -> Any:
        return self.clock

    return method.__get__(holder)


HOLDERS = (
    in_attribute,
    in_attribute_with_a_dictionary,
    in_slot,
    in_a_private_slot,
    in_a_static_method,
    in_deque,
    as_factory,
    in_list,
    in_dictionary,
    in_partial,
    as_argument_of_partial,
    in_closure,
    as_default,
    as_keyword_default,
    in_bound_method,
)


@pytest.fixture(scope="module")
def swept() -> dict[str, tuple[bool, bool]]:
    """Whether each holder holds the real function before, and the other one after."""
    holders = {make.__name__: make() for make in HOLDERS}
    before = {name: held() is real[KEY] for name, held in holders.items()}
    sweep()
    return {name: (before[name], held() is time.monotonic) for name, held in holders.items()}


@pytest.mark.parametrize("name", [make.__name__ for make in HOLDERS])
def test_what_is_held_is_replaced(swept: dict[str, tuple[bool, bool]], name: str) -> None:
    before, after = swept[name]
    assert before and after


def test_the_real_ones_stay_where_we_keep_them(swept: dict[str, tuple[bool, bool]]) -> None:
    assert swept
    assert real[KEY] is not time.monotonic
    assert type(time.monotonic).original is real[KEY]  # type: ignore[attr-defined]
    assert real[KEY]() <= time.monotonic() <= real[KEY]()


PROGRAM = """
import gc
import time

class Cache:
    def __init__(self, timer):
        self.timer = timer

made_first = Cache(time.monotonic)

def age():
    begin = made_first.timer()
    time.sleep(1000)
    return made_first.timer() - begin

from sim import Lan
if {frozen}:
    import sim.python
    gc.freeze()  # nobody finds what refers to an object of before, so what is ours has to be known
lan = Lan()
made_second = Cache(time.monotonic)
lan.host("pc", address="10.0.0.1/24", clock_ppm=0)
lan.link()
job = lan.program("pc", age)
lan.run()
assert {frozen} or 1000 <= job.result() < 1001, job.result()
assert {frozen} or made_first.timer is time.monotonic
assert made_second.timer is time.monotonic
time.monotonic()
"""


@pytest.mark.parametrize("frozen", [False, True])
def test_an_object_of_before_has_the_hosts_clock(frozen: bool) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM.format(frozen=frozen)], check=True)
