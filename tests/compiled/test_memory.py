"""Host memory that an engine has handed out stays readable when the engine is closed and gone."""

import gc

import pytest
from hosts import computer

from sim.engine.choose import open_engine
from sim.scenario.cabling import Cabling
from sim.scenario.model import Coax, Scenario, Tap


@pytest.mark.parametrize("name", ["myhdl", "compiled"])
def test_memory_outlives_its_engine(name: str) -> None:
    pc = computer("pc", "10.0.0.1/24", bytes([2, 0, 0, 0, 0, 1]))
    scenario = Scenario("", (pc,), (Coax("yellow", 500_000, (Tap(0, "pc"),)),), seed=1)
    engine = open_engine(name, Cabling(scenario).netlist, long=False, waves=False, tell=lambda line: None)
    memory = engine.memory(0)
    part = memory[100:104]
    part[:] = b"data"
    engine.close()
    del engine
    gc.collect()
    others = [bytearray(len(memory)) for _ in range(10)]  # would take the place of what was freed
    assert bytes(part) == bytes(memory[100:104]) == b"data"
    assert not any(map(any, others))
