"""Signals (POSIX, signal(7)) of one process: its handlers, its alarm, and what is pending.

A handler runs in the first thread of its process: at the next system call, or at once when that thread is
blocked, whose call then goes on (PEP 475). A signal without a handler ends the process at once.
"""

import signal
from collections import deque
from collections.abc import Callable
from typing import Any

from sim.os.timers import Clock, Timer

_IGNORED = (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
"""What has no effect by default, SIGCONT because nothing is ever stopped."""


class Signals:
    """The signals of one process; `send` delivers one to it, and the alarm is driven by `clock`."""

    def __init__(self, clock: Clock, send: Callable[[int], None]) -> None:
        self.handlers: dict[int, Any] = {
            signal.SIGINT: signal.default_int_handler,  # as Python sets them when it starts
            signal.SIGPIPE: signal.SIG_IGN,
        }
        self.wakeup_fd = -1
        self._clock = clock
        self._send = send
        self._alarm: Timer | None = None
        """When SIGALRM comes (`signal.alarm`, `signal.setitimer`)."""
        self._interval_ns = 0
        """After how long it comes again; 0 for never."""
        self._pending: deque[int] = deque()

    # -- dispositions ------------------------------------------------------------------------------

    def disposition(self, number: int) -> Any:  # noqa: ANN401 (a handler is any callable)
        """What the process does about signal `number`: SIG_DFL, SIG_IGN or a handler."""
        return self.handlers.get(number, signal.SIG_DFL)

    def fatal(self, number: int) -> bool:
        """Whether signal `number` ends the process as things are."""
        if number == signal.SIGKILL:
            return True
        return self.disposition(number) == signal.SIG_DFL and number not in _IGNORED

    def take(self, number: int) -> bool:
        """Signal `number`, which is not fatal, has come: whether there is a handler, which `handle` calls."""
        handled = callable(self.disposition(number))
        if handled:
            self._pending.append(number)
        return handled

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

    # -- the alarm: setitimer(2) with ITIMER_REAL --------------------------------------------------

    @property
    def alarm_is_set(self) -> bool:
        """Whether SIGALRM will come."""
        return self._alarm is not None

    def alarm(self) -> tuple[int, int]:
        """In how many ns SIGALRM comes, and the interval after which it comes again; 0 for never."""
        if self._alarm is None:
            return 0, 0
        return self._alarm.deadline - self._clock.now, self._interval_ns

    def set_alarm(self, delay_ns: int, interval_ns: int) -> tuple[int, int]:
        """Let SIGALRM come after a delay, and then after each interval; returns what was set before."""
        before = self.alarm()
        self.cancel_alarm()
        self._interval_ns = interval_ns
        if delay_ns:
            self._alarm = self._clock.call_at(self._clock.now + delay_ns, self._ring)
        return before

    def cancel_alarm(self) -> None:
        """SIGALRM does not come any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        if self._interval_ns:
            self._alarm = self._clock.call_at(self._clock.now + self._interval_ns, self._ring)
        self._send(signal.SIGALRM)
