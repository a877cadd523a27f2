"""numpy's legacy generator, of the functions in `numpy.random`: each process has its own, by its seed.

Its new generators, `default_rng()`, draw their seeds from `os.urandom`, the process's already. What numpy
draws when it is loaded, which a program may be the first to do, costs that program nothing of its numbers.
"""

# ruff: noqa: ANN401 (numpy's functions take what they take)
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from weakref import WeakKeyDictionary

from sim.os.process import Process, Thread, current
from sim.python.dispatch import dispatch

MODULE = "numpy.random.mtrand"

_SEED_BITS = 32
_generators: "WeakKeyDictionary[Process, Any]" = WeakKeyDictionary()


def _generator(process: Process) -> Any:
    if process not in _generators:
        seed = Random(f"{process.host.seed}/{process.pid}/numpy").getrandbits(_SEED_BITS)
        _generators[process] = sys.modules[MODULE].RandomState(seed)
    return _generators[process]


def _own(name: str) -> Callable[..., Any]:
    def draw(thread: Thread, *arguments: Any, **keywords: Any) -> Any:
        return getattr(_generator(thread.process), name)(*arguments, **keywords)

    return draw


def adapt(module: Any) -> None:
    """Let the functions of the module `numpy.random.mtrand` draw for who calls."""
    for name, one in list(vars(module).items()):
        if getattr(one, "__self__", None) is module._rand:
            dispatch(module, name, _own(name))
    for name, method in (("seed", "seed"), ("sample", "random_sample"), ("ranf", "random_sample")):
        dispatch(module, name, _own(method))


@contextmanager
def drawing_nothing() -> Iterator[None]:
    """What is drawn now leaves the random numbers of the calling program as they are."""
    thread = current()
    state = None if thread is None else thread.process.entropy.getstate()
    try:
        yield
    finally:
        if thread is not None and state is not None:
            thread.process.entropy.setstate(state)
