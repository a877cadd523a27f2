"""What replaces a name of Python's library cannot be distinguished from what it stands for."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import copy
import functools
import inspect
import pickle
import queue
import random
import select
import sys
import threading
import time
import weakref
from concurrent.futures import Future
from types import FunctionType, ModuleType

import pytest
from link_network import LinkNetwork

from sim.python import install
from sim.python.dispatch import names, real

KEY_OF_BEFORE = {time.sleep: "sleep", threading.Lock: "lock", threading.current_thread: "thread"}
"""Made before anything is replaced."""
LOCK_BEFORE, RLOCK_BEFORE, QUEUE_BEFORE = threading.Lock, threading.RLock, queue.SimpleQueue

install()

ALL = sorted(names)


def pair(key):
    """What stands at the name now, and what stood there."""
    owner, name = names[key]
    return inspect.getattr_static(owner, name), real[key]


def outcome(call):
    """What a call returns or raises, to be compared."""
    try:
        return call()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("key", ALL)
def test_it_has_the_class_and_the_names_of_what_it_stands_for(key):
    now, before = pair(key)
    assert now.__class__ is before.__class__
    assert isinstance(now, type(before))
    for question in (inspect.isbuiltin, inspect.isfunction, inspect.ismethod, inspect.isclass, callable):
        assert question(now) == question(before)
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__", "__self__", "__defaults__"):
        assert getattr(now, attribute, None) == getattr(before, attribute, None)
    for absent in ("__wrapped__", "__get__"):
        assert hasattr(now, absent) == hasattr(before, absent)
    if type(now) is not FunctionType:
        assert repr(now) == repr(before)


@pytest.mark.parametrize("key", ALL)
def test_it_is_described_by_inspect_as_what_it_stands_for(key):
    now, before = pair(key)
    if not isinstance(before, type):  # select.epoll has no signature
        assert outcome(lambda: inspect.signature(now)) == outcome(lambda: inspect.signature(before))
    if type(now) is FunctionType:
        assert inspect.getsource(now) == inspect.getsource(before)
        assert inspect.getfullargspec(now) == inspect.getfullargspec(before)


@pytest.mark.parametrize("key", ALL)
def test_in_a_class_it_binds_as_what_it_stands_for(key):
    now, before = pair(key)
    binds = type("C", (), {"held": before})().held is not before
    held = type("C", (), {"held": now})().held
    assert (held is not now) == binds
    assert functools.partial(now).func is now
    assert (lambda function=now: function)() is now


@pytest.mark.parametrize("key", ALL)
def test_it_is_pickled_copied_kept_and_referred_to_as_what_it_stands_for(key):
    now, before = pair(key)
    owner, _ = names[key]
    assert copy.copy(now) is now
    assert copy.deepcopy(now) is now
    assert {now: 1}[now] == 1
    if type(before).__weakrefoffset__:
        assert weakref.ref(now)() is now
    if isinstance(owner, ModuleType) and getattr(before, "__self__", None) is not random._inst:
        assert pickle.loads(pickle.dumps(now)) is now
    elif isinstance(owner, ModuleType):  # a method of the generator that all share: pickled with that
        assert type(pickle.loads(pickle.dumps(now))) is type(before)


def test_no_module_holds_what_was_there_before():
    before = {id(pair(key)[1]): key for key in ALL if type(pair(key)[0]) is not FunctionType}
    holders = [
        f"{module.__name__}.{name}"
        for module in list(sys.modules.values())
        if isinstance(module, ModuleType) and not module.__name__.startswith(("sim.os", "sim.python"))
        for name, value in vars(module).items()
        if id(value) in before
    ]
    assert holders == []


@pytest.mark.parametrize("key", ALL)
def test_it_is_found_under_the_key_of_what_it_stands_for(key):
    now, before = pair(key)
    if type(now) is not FunctionType:  # else it is the same object
        assert {before: 1}[now] == 1


def test_keys_of_before_are_found():
    assert KEY_OF_BEFORE[time.sleep] == "sleep"
    assert KEY_OF_BEFORE[threading.Lock] == "lock"
    assert KEY_OF_BEFORE[threading.current_thread] == "thread"


def test_locks_and_queues_are_of_the_types_that_they_were():
    assert threading.Lock is LOCK_BEFORE
    assert threading.RLock is RLOCK_BEFORE
    assert queue.SimpleQueue is QUEUE_BEFORE
    assert type(queue.SimpleQueue()) is QUEUE_BEFORE
    assert repr(threading.Lock()).startswith("<unlocked _thread.lock object at 0x")
    assert issubclass(type("Own", (queue.SimpleQueue,), {}), queue.SimpleQueue)


def test_an_epoll_object_is_one_inside_and_outside():
    def program(arguments):
        assert isinstance(select.epoll(), select.epoll)

    assert isinstance(select.epoll(), select.epoll)
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        assert network.run().failures == (), network.output("pc", "stderr")


def test_a_lock_class_of_a_class_works_inside_and_outside():
    class Router:
        lock_class = threading.Lock
        clock = time.monotonic
        sleep = time.sleep
        chance = random.random

    def use(*arguments):
        with Router().lock_class():
            Router().sleep(0)
            return Router().clock() >= 0 and 0 <= Router().chance() < 1

    seen = []
    assert use()
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda arguments: seen.append(use()))
        assert network.run().failures == (), network.output("pc", "stderr")
    assert seen == [True]


def test_outside_a_program_threads_and_futures_keep_their_hash_and_bear_no_mark():
    for one in (threading.Thread(), Future()):
        assert hash(one) == object.__hash__(one)
        assert not [name for name in vars(one) if "serial" in name]
