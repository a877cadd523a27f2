"""Which engine a run gets: `myhdl`, `compiled`, or `auto`, which takes the compiled one when it is there.

The engines give the same bits, so the choice is one of time only. `auto` never waits for a compiler: it takes
the libraries if an earlier `--engine compiled` has built them for the circuits as they are now.
"""

from collections.abc import Callable

from sim.engine.compiled.build import cached, module_libraries, source_library
from sim.engine.compiled.toolchain import BuildError, toolchain
from sim.engine.interface import Engine
from sim.scenario.model import Scenario


class EngineError(Exception):
    """The engine that was asked for cannot be had; `str` says why and what to do."""


def open_engine(name: str, scenario: Scenario, *, waves: bool, tell: Callable[[str], None]) -> Engine:
    """The engine `name` ("auto", "myhdl" or "compiled") with `scenario`'s LAN.

    `tell` gets a line for what takes long, and for what `auto` chose when that is not the reference. Raises
    EngineError when `compiled` is asked for and cannot be built or loaded.
    """
    if name != "myhdl":
        try:
            engine = _compiled(scenario, waves=waves, tell=tell, build=name == "compiled")
        except (BuildError, OSError) as error:
            if name == "compiled":
                raise EngineError(f"the compiled engine is not to be had: {error}") from None
            tell(f"the compiled engine cannot be loaded, so this run is under myhdl: {error}")
        else:
            if engine is not None:
                if name == "auto":
                    tell("engine: compiled")
                return engine
    from sim.engine.myhdl_engine import MyhdlEngine

    return MyhdlEngine(scenario, waves=waves)


def _compiled(scenario: Scenario, *, waves: bool, tell: Callable[[str], None], build: bool) -> Engine | None:
    """The compiled engine; None when its libraries are not there and it is not to `build` them."""
    from sim.engine.compiled.engine import CIRCUITS, KERNEL_SOURCES, CompiledEngine

    found = {circuit: cached(circuit) for circuit in CIRCUITS}
    libraries = {circuit: path for circuit, path in found.items() if path is not None}
    kernel = cached("kernel", KERNEL_SOURCES)
    if len(libraries) < len(CIRCUITS) or kernel is None:
        if not build:
            return None
        tools = toolchain()
        libraries = module_libraries(CIRCUITS, tools, tell)
        kernel = source_library("kernel", KERNEL_SOURCES, tools, tell)
    return CompiledEngine(scenario, kernel, libraries, waves=waves)
