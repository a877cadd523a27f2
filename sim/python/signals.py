"""Signals: a program's handlers, timers and `kill` are those of its own process (`sim.os.signals`).

The real handlers, mask and interval timers are the kernel's (`sim.os.watchdog`); no program reaches them.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import _thread
import errno
import os
import signal
from typing import Any

from sim.os.host import host_of
from sim.os.process import Thread
from sim.python.barrier import refuse
from sim.python.dispatch import dispatch, nanoseconds, system_call

_NS_PER_S = 1_000_000_000


def _signal(thread: Thread, number: int, handler: Any, /) -> Any:
    if thread is not thread.process.threads[0]:
        raise ValueError("signal only works in main thread of the main interpreter")
    if not 1 <= number < signal.NSIG:
        raise ValueError("signal number out of range")
    if not callable(handler) and handler not in (signal.SIG_DFL, signal.SIG_IGN):
        raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
    if number in (signal.SIGKILL, signal.SIGSTOP):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    signals = thread.process.signals
    previous = signals.disposition(number)
    signals.handlers[number] = handler
    return previous


def _getsignal(thread: Thread, number: int, /) -> Any:
    return thread.process.signals.disposition(number)


def _set_wakeup_fd(thread: Thread, fd: int, /, *, warn_on_full_buffer: bool = True) -> int:
    signals, table = thread.process.signals, thread.process.descriptors
    if thread is not thread.process.threads[0]:
        raise ValueError("set_wakeup_fd only works in main thread of the main interpreter")
    if fd != -1 and table.blocks(table.behind(fd)):
        raise ValueError(f"the fd {fd} must be in non-blocking mode")
    signals.wakeup_fd, previous = fd, signals.wakeup_fd
    return previous


def _kill(thread: Thread, pid: int, number: int, /) -> None:
    """kill(2): processes are known on their own host only, and each is a group of its own."""
    process = thread.process if pid == 0 else host_of(thread.process).running(abs(pid))
    if process is None:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    if number:
        process.signal(number)
        thread.wait((), thread.clock.now, "kill")  # a signal for oneself has come on return


def _raise_signal(thread: Thread, number: int, /) -> None:
    _kill(thread, 0, number)


def _pause(thread: Thread) -> None:
    thread.wait((), None, "pause")


def _pthread_kill(thread: Thread, ident: int, number: int, /) -> None:
    """pthread_kill(3) for a thread of its own process; which one makes no difference to a Python program."""
    if not any(one.ident == ident and not one.ended for one in thread.process.threads):
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    _kill(thread, 0, number)


def _interrupt_main(thread: Thread, number: int = signal.SIGINT, /) -> None:
    if not 1 <= number < signal.NSIG:
        raise ValueError("signal number out of range")
    thread.process.take(number)


def _siginterrupt(thread: Thread, number: int, flag: bool, /) -> None:
    pass  # calls that wait go on whatever it says (PEP 475)


def _alarm(thread: Thread, seconds: int, /) -> int:
    """alarm(2): what is left of the alarm before is given in whole seconds, rounded up."""
    left, _ = thread.process.signals.set_alarm(seconds * _NS_PER_S, 0)
    return -(-left // _NS_PER_S)


def _setitimer(thread: Thread, which: int, seconds: float, interval: float = 0.0, /) -> tuple[float, float]:
    _only_real_time(which)
    if seconds < 0 or interval < 0:
        raise signal.ItimerError(errno.EINVAL, os.strerror(errno.EINVAL))
    left, every = thread.process.signals.set_alarm(nanoseconds(seconds), nanoseconds(interval))
    return left / _NS_PER_S, every / _NS_PER_S


def _getitimer(thread: Thread, which: int, /) -> tuple[float, float]:
    _only_real_time(which)
    left, every = thread.process.signals.alarm()
    return left / _NS_PER_S, every / _NS_PER_S


def _only_real_time(which: int) -> None:
    if which in (signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        raise refuse("a timer of processor time (computing takes no simulated time)")
    if which != signal.ITIMER_REAL:
        raise signal.ItimerError(errno.EINVAL, os.strerror(errno.EINVAL))


def _no_mask(thread: Thread, *arguments: Any) -> Any:
    raise refuse("the real signal mask (sigwait and the like are not offered)")


def _no_other(thread: Thread, *arguments: Any) -> Any:
    raise refuse("a real process")


def install() -> None:
    """Patch `signal` and the functions of `os` that send signals."""
    for owner, name, simulated in (
        (os, "kill", _kill),
        (os, "killpg", _kill),
        (signal, "raise_signal", _raise_signal),
        (signal, "pthread_kill", _pthread_kill),
        (signal, "pause", _pause),
        (signal, "alarm", _alarm),
        (signal, "setitimer", _setitimer),
        (signal, "getitimer", _getitimer),
    ):
        dispatch(owner, name, system_call(simulated))
    dispatch(signal, "signal", system_call(_signal))
    dispatch(signal, "getsignal", _getsignal)
    dispatch(signal, "siginterrupt", _siginterrupt)
    dispatch(signal, "set_wakeup_fd", _set_wakeup_fd)
    dispatch(_thread, "interrupt_main", _interrupt_main)
    for name in ("pthread_sigmask", "sigpending", "sigwait", "sigwaitinfo", "sigtimedwait"):
        dispatch(signal, name, _no_mask)
    dispatch(signal, "pidfd_send_signal", _no_other)
