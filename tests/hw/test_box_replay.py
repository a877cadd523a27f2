"""A whole hub and a whole switch in Icarus: what their pins saw in MyHDL's engine, with equal outputs.

The traffic is real: frames that collide, are flooded, known, cut through. No output is ever unknown.
"""

import subprocess
from pathlib import Path

import pytest
from bench import fresh_simulator
from bridging import BROADCAST, Bridged, frame, station, switch
from closet import HEAD, Closet
from pattern import BIT_PS, bits
from replay import Recorder

from hw import testbench
from hw.boxes import BOXES
from hw.export import convert
from sim.scenario.model import Hub

pytestmark = pytest.mark.needs("iverilog", "vvp")


def replay(name: str, ports: int, recorder: Recorder, directory: Path) -> None:
    sources = convert(name, "verilog", directory, ports)
    steps = list(recorder.steps())
    assert len({tuple(step.outputs.values()) for step in steps}) > 10
    bench, _ = testbench.write(name, recorder.pins, steps, directory)
    files = [path.name for path in (*sources, bench)]
    subprocess.run(["iverilog", "-g2012", "-o", "bench", *files], cwd=directory, check=True, timeout=60)
    done = subprocess.run(
        ["vvp", "-n", "bench"], cwd=directory, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.stdout.startswith(f"{name}: PASS, {len(steps)} steps"), done.stdout


def test_a_hub_that_repeats_and_jams(tmp_path: Path) -> None:
    with fresh_simulator(), Closet("myhdl", Hub("a", 5, collision_limit=1)) as lab:
        recorder = Recorder(lab.engine, "a", BOXES["hub"].box(5), 5)
        data = HEAD + bits(bytes(13 * n & 255 for n in range(64)))
        for attempt in range(2):
            start = lab.now + 10 * BIT_PS
            lab.send("a.1", data, start)
            lab.send("a.2", data[:150], start + 20 * attempt * BIT_PS)
            lab.run_for(900 * BIT_PS)
        assert lab.partitioned("a.1")
        lab.send("a.5", data + "101", lab.now + 10 * BIT_PS)
        lab.run_for(900 * BIT_PS)
        assert lab.sent("a.4")[-1].bits == data + "101"
        replay("hub", 5, recorder, tmp_path)


@pytest.mark.parametrize("cut_through", [False, True])
def test_a_switch_that_floods_learns_and_forwards(cut_through: bool, tmp_path: Path) -> None:
    with fresh_simulator(), Bridged("myhdl", switch(3, cut_through=cut_through)) as lab:
        recorder = Recorder(lab.engine, "sw", BOXES["switch"].box(3), 3)
        one, two = station(1), station(2)
        assert lab.exchange("sw.2", frame(one, two)) == {"sw.1", "sw.3"}
        assert lab.exchange("sw.1", frame(two, one, 79)) == {"sw.2"}
        assert lab.exchange("sw.3", frame(BROADCAST, station(3))) == {"sw.1", "sw.2"}
        bad = lab.exchange("sw.1", frame(two, one)[:-1] + b"?")
        assert bad == ({"sw.2"} if cut_through else set())
        replay("switch", 3, recorder, tmp_path)
