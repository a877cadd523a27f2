"""What MyHDL is given in place of `inspect` says the same."""

import inspect
import sys
from typing import Any

from myhdl import _block, _instance, _util, _Waiter

from hw.modules import MODULES


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
