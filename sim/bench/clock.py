"""Processor time of a function, with garbage collection held off, as the kernel holds it off in a run."""

import gc
import time
from collections.abc import Callable


def processor_time(function: Callable[[], object]) -> float:
    """Processor time (s) of this process that `function` takes."""
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        before = time.process_time()
        function()
        return time.process_time() - before
    finally:
        if collecting:
            gc.enable()
