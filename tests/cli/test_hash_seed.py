"""The order of a set of strings is drawn when Python starts, and can be repeated."""

# ruff: noqa: ANN001, ANN201

import os
import subprocess
import sys
from pathlib import Path

from shell_lines import LINK

SCENARIO = LINK.replace("ping -c 1 192.168.1.20", "python sets.py")


def test_a_run_is_repeated_with_its_hash_seed(tmp_path):
    (tmp_path / "sets.toml").write_text(SCENARIO)
    (tmp_path / "sets.py").write_text("print(list({f'name{number}' for number in range(50)}))")
    command = [str(Path(sys.executable).parent / "thicknet"), "run", "sets.toml", "-q", "--hash-seed", "7"]
    printed = [
        subprocess.run(
            command,
            cwd=tmp_path,
            env=os.environ | {"PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert "name49" in printed[0] and printed[0].splitlines()[-2] == "hash seed: 7"
    assert printed[0] == printed[1]
