"""Which engine a network gets: `myhdl`, `compiled`, or `auto`, which decides.

The engines give the same bits, so the choice is one of time only. `auto` takes the compiled engine when its
libraries are there, built by an earlier run for the circuits as they are now. When they are not, it builds
them for a LAN of many stations and for a scenario that says it is long, where the quarter of a minute that
this takes is soon earned back; any other runs under MyHDL at once, and if that takes long after all, `Hint`
says what would be faster.
"""

import time
from collections.abc import Callable

from hw.kinds import homes_of
from hw.netlist import Netlist
from sim.engine.compiled.build import cached, module_libraries, source_library
from sim.engine.compiled.toolchain import BuildError, find_compiler, find_verilator, toolchain
from sim.engine.interface import Engine
from sim.engine.quiet import QuietEngine

MANY_STATIONS = 8
"""From here on a bit time costs MyHDL more than 100 us, and a build pays within some 150,000 of them."""
LONG_S = 20.0
"""Elapsed time after which a run under MyHDL is long."""


class EngineError(Exception):
    """The engine that was asked for cannot be had; `str` says why and what to do."""


def open_engine(
    name: str, netlist: Netlist | None, *, waves: bool, tell: Callable[[str], None], long: bool = False
) -> Engine:
    """The engine `name` ("auto", "myhdl" or "compiled") with the network of `netlist`, None for no hardware
    at all.

    `long` says that so much is to be simulated that a build pays. `tell` gets a line for what takes long,
    and for what `auto` chose when that is not MyHDL. Raises EngineError when `compiled` is asked for and
    cannot be built or loaded.
    """
    if netlist is None:
        return QuietEngine()
    if name != "myhdl":
        many = long or len(netlist.adapters) >= MANY_STATIONS
        try:
            engine = _compiled(netlist, waves=waves, tell=tell, build=name == "compiled" or many)
        except (BuildError, OSError) as error:
            if name == "compiled":
                raise EngineError(f"the compiled engine is not available: {error}") from None
            tell(f"this run is under myhdl, since the compiled engine is not available: {error}")
        else:
            if engine is not None:
                if name == "auto":
                    tell("engine: compiled")
                return engine
    from sim.engine.myhdl_engine import MyhdlEngine

    return MyhdlEngine(netlist, waves=waves)


class Hint:
    """Says once, when a run that `auto` has put under MyHDL turns out long, that the other engine is faster.

    Silent where the other is what runs, was not wanted, or could not be built, and without hardware. `clock`
    gives seconds.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        tell: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        from sim.engine.compiled.engine import CompiledEngine

        self._open = name == "auto" and not isinstance(engine, CompiledEngine | QuietEngine)
        self._tell = tell
        self._clock = clock
        self._begun = clock()

    def look(self) -> None:
        """To be called now and then."""
        if self._open and self._clock() - self._begun > LONG_S:
            self._open = False
            if find_verilator() and find_compiler():
                self._tell("this takes long under myhdl: `--engine compiled` would be some 200 times as fast")


def _compiled(netlist: Netlist, *, waves: bool, tell: Callable[[str], None], build: bool) -> Engine | None:
    """The compiled engine; None when its libraries are not there and it is not to `build` them."""
    from sim.engine.compiled.engine import KERNEL_HEADERS, KERNEL_SOURCES, CompiledEngine

    needed = netlist.circuits()
    homes = homes_of(needed)
    found = {circuit: cached(circuit, home=homes.get(circuit)) for circuit in needed}
    libraries = {circuit: path for circuit, path in found.items() if path is not None}
    kernel = cached("kernel", KERNEL_SOURCES, KERNEL_HEADERS)
    if len(libraries) < len(needed) or kernel is None:
        if not build:
            return None
        tools = toolchain()
        libraries = module_libraries(needed, tools, tell, homes)
        kernel = source_library("kernel", KERNEL_SOURCES, tools, tell, generated=KERNEL_HEADERS)
    return CompiledEngine(netlist, kernel, libraries, waves=waves)
