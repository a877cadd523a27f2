"""`breakpoint()` and `pdb.set_trace()` while a kernel runs: a program gets its debugger (`sim.os.debugger`).

Everybody else gets what was there before. pdb is changed later where a program is the first to import it
(`sim.python.adapters`).
"""

# ruff: noqa: ANN401 (another debugger's hook takes what it likes)
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sim.os.process import current


def set_trace(*arguments: Any, header: str | None = None, **keywords: Any) -> None:
    """pdb.set_trace, by whoever calls."""
    frame = sys._getframe(1)
    if current() is not None:
        from sim.os.debugger import debug  # pdb is loaded when it is needed

        debug(frame, header)
        return
    import pdb

    prompt = pdb.Pdb()
    if header is not None:
        prompt.message(header)
    prompt.set_trace(frame)


@contextmanager
def breakpoints() -> Iterator[None]:
    """Put it in the place of the two; put back at the end."""
    outer = sys.breakpointhook

    def hook(*arguments: Any, **keywords: Any) -> Any:
        if current() is None:
            return outer(*arguments, **keywords)
        from sim.os.debugger import debug

        return debug(sys._getframe(1), keywords.get("header"))

    pdb: Any = sys.modules.get("pdb")
    outer_trace = None if pdb is None else pdb.set_trace
    outer_tracer = sys.gettrace()
    sys.breakpointhook = hook
    if pdb is not None:
        pdb.set_trace = set_trace
    try:
        yield
    finally:
        sys.breakpointhook = outer
        if sys.gettrace() is not outer_tracer:  # a debugger's, of a program that has ended
            sys.settrace(outer_tracer)
        if pdb is not None:
            pdb.set_trace = outer_trace
