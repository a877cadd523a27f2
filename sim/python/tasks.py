"""asyncio's tasks and futures, in an order of their own: hashed by serial number, named by their process.

The loop keeps its tasks in sets, packages keep futures there, and programs both (`sim.python.serial`). So
the loop of a simulated program makes its tasks by a factory (`loop.set_task_factory`, a door of
asyncio's own), and its futures where it is asked for one (`loop.create_future`); nothing of the loop is
replaced. The futures of `concurrent.futures` are treated likewise, since `as_completed` and `wait` have
sets of them.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import asyncio
import concurrent.futures
import weakref
from functools import partial
from typing import Any

from sim.os.process import Process, Thread, calling
from sim.python.dispatch import dispatch, real
from sim.python.serial import hash_by_serial_number

_PATIENCE = 10
"""How often a coroutine that goes on waiting while it is closed is refused again."""


class SerialTask(asyncio.Task[Any]):
    """A task of a simulated program."""

    def __init__(self, coroutine: Any, **keywords: Any) -> None:
        self._serial = _calling().kernel.next_serial()
        super().__init__(coroutine, **keywords)

    def __hash__(self) -> int:
        return self._serial

    def set_name(self, value: object, /) -> None:
        """The loop of Python 3.12 and 3.13 names what a factory made None, if it was not named."""
        if value is not None:
            super().set_name(value)


class SerialFuture(asyncio.Future[Any]):
    """A future of a simulated program. Few are ever in a set: it is numbered when it first is."""

    _serial: int | None = None

    def __hash__(self) -> int:
        if self._serial is None:
            self._serial = _calling().kernel.next_serial()
        return self._serial


def _create_future(thread: Thread, loop: Any) -> SerialFuture:
    return SerialFuture(loop=loop)


def _calling() -> Thread:
    return calling("the event loop of a simulated program")


SerialTask.__name__ = SerialTask.__qualname__ = asyncio.Task.__name__  # asyncio says so in what it logs
SerialTask.__module__ = asyncio.Task.__module__


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **keywords: Any) -> SerialTask:
    if keywords.get("name") is None:
        keywords["name"] = f"Task-{_calling().process.next_number('task')}"
    return SerialTask(coroutine, loop=loop, **keywords)


_Loops = weakref.WeakValueDictionary[int, asyncio.AbstractEventLoop]

_loops: weakref.WeakKeyDictionary[Process, _Loops] = weakref.WeakKeyDictionary()
"""Those of each process that are still there, numbered."""


def _new_loop(thread: Thread, loop: Any) -> None:
    real["BaseEventLoop.__init__"](loop)
    loop.set_task_factory(_make_task)
    process = thread.process
    loops = _loops.get(process)
    if loops is None:
        loops = _loops[process] = weakref.WeakValueDictionary()
        process.exits.at_end.append(partial(_close_coroutines, loops))
    loops[process.next_number("loop")] = loop


def _as_completed(thread: Thread, awaitables: Any, **keywords: Any) -> Any:
    """Make tasks of coroutines in their order; the function itself makes them in that of a set."""
    if not (asyncio.isfuture(awaitables) or asyncio.iscoroutine(awaitables)):
        awaitables = [asyncio.ensure_future(one) for one in awaitables]
    return real["asyncio.tasks.as_completed"](awaitables, **keywords)


def _close_coroutines(loops: _Loops) -> None:
    """What the tasks of an ended process were at ends here, and not when memory is tidied up some day.

    Called in a thread of the process in which every call that waits is refused, each time from the beginning:
    some coroutines take more than one refusal.
    """
    thread = _calling()
    made = [loop for _, loop in sorted(loops.items())]
    for task in [task for loop in made for task in sorted(asyncio.all_tasks(loop), key=hash)]:
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        coroutine: Any = task.get_coro()
        for _ in range(_PATIENCE):
            thread.killed = 1
            try:
                coroutine.close()
                break
            except BaseException:
                continue


def install() -> None:
    """Patch `asyncio` and `concurrent.futures`."""
    dispatch(asyncio.BaseEventLoop, "__init__", _new_loop)
    dispatch(asyncio.BaseEventLoop, "create_future", _create_future)
    dispatch(asyncio.tasks, "as_completed", _as_completed)
    hash_by_serial_number(concurrent.futures.Future)
