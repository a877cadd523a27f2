"""What MyHDL is given in place of `inspect` says the same."""

import inspect
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from myhdl import AlwaysCombError, Signal, _block, _instance, _util, _Waiter, always_comb, block, intbv
from myhdl._resolverefs import _AttrRefTransformer
from myhdl._visitors import _SigNameVisitor

from hw.modules import MODULES
from hw.ports import signals


def processes_of(instance: Any) -> Iterator[Any]:
    for part in instance.subs:
        if isinstance(part, _block._Block):
            yield from processes_of(part)
        else:
            yield part


def generator() -> Any:
    yield


def test_myhdl_asks_here() -> None:
    for module in (_block, _instance, _util, _Waiter):
        assert module.inspect is not inspect


def test_source_file_and_lines_of_a_function_and_of_a_frame() -> None:
    for thing in (MODULES["crc32"].block.func, generator().gi_frame):
        assert _util.inspect.getsource(thing) == inspect.getsource(thing)
        assert _util.inspect.getsourcefile(thing) == inspect.getsourcefile(thing)
        assert _util.inspect.getsourcelines(thing) == inspect.getsourcelines(thing)


def test_a_block_knows_its_first_line() -> None:
    """MyHDL reports it when Verilog that a user writes into a block is wrong."""
    block = MODULES["crc32"].block
    assert block.srcline == inspect.getsourcelines(block.func)[1]
    assert block.srcfile == inspect.getsourcefile(block.func)


def test_the_nearest_frames_and_their_functions() -> None:
    def outer() -> list[tuple[object, str]]:
        return [(record[0], record[3]) for record in _instance.inspect.stack()]

    seen = outer()
    assert seen[0][1] == "outer"
    assert seen[1] == (sys._getframe(), sys._getframe().f_code.co_name)
    assert seen[1:] == [(record[0], record[3]) for record in inspect.stack()[: len(seen) - 1]]


@pytest.mark.parametrize("name", MODULES)
def test_a_second_instance_is_as_myhdl_finds_it(name: str) -> None:
    """What was kept of the first instance is what MyHDL's own visitors say of the second."""
    circuit = MODULES[name]
    for _ in range(2):
        processes = [*processes_of(circuit.block(**signals(circuit.ports)))]
    for process in processes:
        code = process.funcobj.__code__
        given = {
            name: value for name, value in process.callinfo.symdict.items() if name not in code.co_varnames
        }
        transformed = SimpleNamespace(symdict=given)
        tree = process.ast
        _AttrRefTransformer(transformed).visit(tree)
        visitor = _SigNameVisitor(given)
        visitor.visit(tree)
        assert (process.inputs, process.outputs, process.inouts) == (
            visitor.inputs,
            visitor.outputs,
            visitor.inouts,
        )
        assert process.symdict.keys() == given.keys()
        assert all(process.symdict[name] is given[name] for name in visitor.sigdict)
        assert visitor.sigdict.items() <= process.sigdict.items()  # the clock is added where it is declared
        assert process.losdict.keys() == visitor.losdict.keys()


def test_names_of_other_kinds_are_looked_at_again() -> None:
    """A process that reads a signal in one instance and a number in another."""

    @block
    def follow(level: Any, result: Any) -> Any:
        @always_comb
        def copy() -> None:
            result.next = level + other

        return copy

    other: Any = Signal(intbv(0)[4:])
    assert follow(Signal(intbv(0)[4:]), Signal(intbv(0)[5:])).subs[0].inputs == {"level", "other"}
    other = 3
    assert follow(Signal(intbv(0)[4:]), Signal(intbv(0)[5:])).subs[0].inputs == {"level"}
    with pytest.raises(AlwaysCombError):  # it reads no signal
        follow(5, Signal(intbv(0)[5:]))
