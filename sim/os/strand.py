"""A line of execution that can be suspended anywhere below its own frames, woken, and ended from outside.

It is a greenlet, so the code that it runs needs to do nothing for that. While it is suspended it stands in
the queues of what it waits for and nowhere else, and costs nothing until one of them is woken or its
deadline comes.
"""

import ctypes
import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenlet import GreenletExit, getcurrent, greenlet

from sim.os.clock import HostClock
from sim.os.processor import Processor
from sim.os.system import System
from stack.waitqueue import WaitQueue

if TYPE_CHECKING:
    from types import FrameType

    from sim.os.timers import Timer

_KILLS = 3
"""How often a strand is asked to end before it is left behind, suspended forever."""


class Killed(GreenletExit):
    """Raised inside a strand that is ended from outside. Not an `Exception`: programs should let it pass."""


class Strand(greenlet):
    """See the module. (`sim.os.system.Runnable`, `stack.waitqueue.Waiter`)"""

    def __init__(self, kernel: System, clock: HostClock, processor: Processor) -> None:
        super().__init__()
        self.kernel = kernel
        self.clock = clock
        """That of its host, which all its deadlines are by."""
        self.processor = processor
        """Of its host: how long it takes from a wake to the turn."""
        self.began = clock.now
        """When it was made."""
        self.ended = False
        self.killed = 0
        """How many times it has been asked to end."""
        self.where: greenlet = self
        """The greenlet to resume: the strand itself, or one that the program made inside it."""
        self.timer: Timer | None = None
        """When it is resumed at the latest."""
        self.call = ""
        """The call in which it is suspended, and on what, for the deadlock report."""
        self.subject: object = ""
        self._blocked = False
        self._woken = False

    def suspend(self, queues: Sequence[WaitQueue], deadline: int | None, call: str, subject: object) -> bool:
        """Called in the strand: until one of `queues` is woken (True) or `deadline` has come (False)."""
        if self.killed:
            self.strike()
        for queue in queues:
            queue.add(self)
        if deadline is not None:
            self.timer = self.clock.call_at(deadline, self._expire)
        self.call, self.subject = call, subject
        self._blocked = True
        hub = self.parent
        assert hub is not None
        try:
            self.where = getcurrent()
            with without_running_loop():
                hub.switch()
        finally:
            self._blocked = False
            for queue in queues:
                queue.discard(self)
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
        return self._woken

    def wake(self) -> None:
        """A queue in which it waits has been woken; its turn comes when the processor has reacted."""
        if not self._blocked:
            return
        self._blocked = False
        self._woken = True
        delay = self.processor.reaction()
        if not delay:
            self._take_a_turn()
            return
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.clock.call_at(self.clock.now + delay, self._take_a_turn)

    def _expire(self) -> None:
        if self._blocked:
            self._blocked = False
            self._woken = False
            self._take_a_turn()

    def _take_a_turn(self) -> None:
        self.kernel.make_ready(self)

    def take_turn(self) -> None:
        """Run until it is suspended or ends."""
        raise NotImplementedError

    def resume(self, *, kill: bool = False) -> None:
        """Called by the hub: go on where it is suspended; with `kill`, raise `Killed` there."""
        hub = getcurrent()
        if self.parent is not hub:  # a strand that ends falls back to its parent
            self.parent = hub
        if kill:
            self.where.throw(Killed)
        else:
            self.where.switch()
        if self.dead:
            self.ended = True

    def strike(self) -> None:
        """Called in the strand: raise `Killed`, or, when it has swallowed that too often, leave it forever.

        A suspended greenlet cannot be disposed of against its will, so one that refuses to unwind is
        kept alive: were it collected, the interpreter would resume it once more.
        """
        if calls_collector_back():
            return
        self.killed += 1
        if self.killed <= _KILLS:
            raise Killed
        self.ended = True
        self.where = getcurrent()
        for kept in (self, self.where):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(kept))
        hub = self.parent
        assert hub is not None
        with without_running_loop():
            while True:
                hub.switch()


def calls_collector_back() -> bool:
    """Whether the garbage collector has called what calls: nothing that the strand does."""
    if not gc.callbacks:
        return False
    codes = [getattr(callback, "__code__", None) for callback in gc.callbacks]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back
    return False


class without_running_loop:
    """Hide the running asyncio loop, which Python keeps per operating system thread, from other strands."""

    __slots__ = ("_events", "_loop")

    def __enter__(self) -> None:
        self._events = sys.modules.get("asyncio.events")
        self._loop = None if self._events is None else self._events._get_running_loop()
        if self._events is not None and self._loop is not None:
            self._events._set_running_loop(None)

    def __exit__(self, *error: object) -> None:
        if self._events is not None and self._loop is not None:
            self._events._set_running_loop(self._loop)
