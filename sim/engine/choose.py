"""Which engine a run gets: `myhdl`, `compiled`, or `auto`, which takes the compiled one when it is there.

The engines give the same bits, so the choice is one of time only. `auto` never waits for a compiler: it takes
the libraries if an earlier `--engine compiled` has built them for the circuits as they are now.
"""

from collections.abc import Callable

from sim.engine.compiled.build import cached, module_libraries, source_library
from sim.engine.compiled.toolchain import BuildError, toolchain
from sim.engine.interface import Engine
from sim.scenario.model import Scenario

ENGINES = ("auto", "myhdl", "compiled")


class EngineError(Exception):
    """The engine that was asked for cannot be had; `str` says why and what to do."""


def open_engine(name: str, scenario: Scenario, *, waves: bool, tell: Callable[[str], None]) -> Engine:
    """The engine `name` of `ENGINES` with `scenario`'s LAN; `tell` gets a line for what takes long.

    Raises EngineError when `compiled` is asked for and cannot be built or loaded.
    """
    if name != "myhdl":
        from sim.engine.compiled.engine import CIRCUITS, KERNEL_SOURCES, CompiledEngine

        libraries = {circuit: cached(circuit) for circuit in CIRCUITS}
        kernel = cached("kernel", KERNEL_SOURCES)
        built = {circuit: path for circuit, path in libraries.items() if path is not None}
        try:
            if name == "compiled" and (kernel is None or len(built) < len(CIRCUITS)):
                tools = toolchain()
                built = module_libraries(CIRCUITS, tools, tell)
                kernel = source_library("kernel", KERNEL_SOURCES, tools, tell)
            if kernel is not None and len(built) == len(CIRCUITS):
                return CompiledEngine(scenario, kernel, built, waves=waves)
        except (BuildError, OSError) as error:
            if name == "compiled":
                raise EngineError(f"the compiled engine is not to be had: {error}") from None
            tell(f"the compiled engine cannot be loaded, so this run is under myhdl: {error}")
    from sim.engine.myhdl_engine import MyhdlEngine

    return MyhdlEngine(scenario, waves=waves)
