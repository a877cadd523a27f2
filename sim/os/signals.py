"""Signals (POSIX, signal(7)): what the scenario, or one process of a host, tells another.

A handler runs in the first thread of its process: at the next system call, or at once when that thread is
blocked, whose call then goes on (PEP 475). What nobody handles ends the process, and its program has no say.
"""

import signal
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.os.process import Process
    from sim.os.timers import Timer

_IGNORED = (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
"""What has no effect by default, SIGCONT because nothing is ever stopped."""


class Signals:
    """The signals of one process: its handlers, and what has come and was not handled yet."""

    def __init__(self) -> None:
        self.handlers: dict[int, Any] = {
            signal.SIGINT: signal.default_int_handler,  # as Python sets them when it starts
            signal.SIGPIPE: signal.SIG_IGN,
        }
        self.wakeup_fd = -1
        self.alarm: Timer | None = None
        """When SIGALRM comes (`signal.alarm`, `signal.setitimer`)."""
        self.alarm_interval_ns = 0
        """After how long it comes again; 0 for never."""
        self._pending: deque[int] = deque()

    def disposition(self, number: int) -> Any:  # noqa: ANN401 (a handler is any callable)
        """What the process does about signal `number`: SIG_DFL, SIG_IGN or a handler."""
        return self.handlers.get(number, signal.SIG_DFL)

    def fatal(self, number: int) -> bool:
        """Whether signal `number` ends the process as things are."""
        if number == signal.SIGKILL:
            return True
        return self.disposition(number) == signal.SIG_DFL and number not in _IGNORED

    def take(self, process: "Process", number: int) -> None:
        """Signal `number`, which is not fatal, has come: wake the first thread if there is a handler."""
        if not callable(self.disposition(number)):
            return
        self._pending.append(number)
        descriptor: Any = process.descriptors.get(self.wakeup_fd)
        if descriptor is not None:  # how an event loop hears of it (`signal.set_wakeup_fd`)
            descriptor.send(bytes((number,)), process.kernel.now)
        if process.threads:
            process.threads[0].wake()

    def handle(self) -> None:
        """Called in the first thread: call the handlers of what has come; what they raise is its own."""
        while self._pending:
            number = self._pending.popleft()
            handler = self.disposition(number)
            if callable(handler):
                handler(number, None)

    @property
    def waiting(self) -> bool:
        """Whether `handle` has something to do."""
        return bool(self._pending)
