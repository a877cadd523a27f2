"""The reset input of converted modules: after it a module answers as after power-up, whatever went before."""

import subprocess
from pathlib import Path

import pytest
from converted import files, pins, verilog_bench

from hw.modules import MODULES
from hw.ports import Direction
from hw.reset import RESET, gets_reset

pytestmark = pytest.mark.needs("iverilog", "vvp")
STEPS = 400
WITH_MEMORY = {
    "counters",
    "descriptors",
    "descriptor_memory",
    "registers",
    "address_table",
    "output_queue",
    "frame_buffers",
    "switch_egress",
    "switch_ingress",
}
"""Memories keep what is in them."""
CLOCKED = sorted(
    name
    for name, one in MODULES.items()
    if gets_reset(one) and name not in WITH_MEMORY and not one.has_bundles
)


@pytest.mark.parametrize("name", CLOCKED)
def test_after_reset_a_module_is_as_after_power_up(name: str, converted: Path, tmp_path: Path) -> None:
    clock = MODULES[name].clock
    inputs = [p for p in pins(name) if p.direction is Direction.IN and p.name not in (clock, RESET.name)]
    outputs = ", ".join(p.name for p in pins(name) if p.direction is Direction.OUT)
    draw = " ".join(f"{p.name} = {{$random(seed), $random(seed)}};" for p in inputs)
    body = f"""
        integer seed, i, round;
        task run; begin
            seed = 3;
            for (i = 0; i < {STEPS}; i = i + 1) begin
                {draw} #1 {clock} = 1; #1 $display("%b", {{{outputs}}}); {clock} = 0;
            end
        end endtask
        initial begin
            run; $display("reset");
            reset = 1; #1 {clock} = 1; #1 {clock} = 0; reset = 0;
            run;
        end"""
    (tmp_path / "bench.v").write_text(verilog_bench(name, body))
    command = ["iverilog", "-g2012", "-o", "bench", "bench.v", *map(str, files(name, ".v", converted))]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    done = subprocess.run(["vvp", "-n", "bench"], cwd=tmp_path, capture_output=True, text=True, check=True)
    before, after = done.stdout.split("reset\n")
    assert before == after
