"""Whether two checkouts leave the same run folders: events.jsonl, captures and waveform of shipped scenarios.

    python tools/same_runs.py record CHECKOUT FOLDER [CASE …]     run the cases, keep what they leave
    python tools/same_runs.py compare CHECKOUT FOLDER [CASE …]    run them, compare with what is kept

A case is SCENARIO/ENGINE. What was renamed between the two stands in RENAMED; everything else is equal to
the octet. GTKWave's save file is not compared. CHECKOUT is the root of a checkout with its own .venv. Exit
status 1 when anything differs.
"""

import filecmp
import json
import re
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path

SHORT = [
    "arp-cache",
    "collision",
    "web",
    "ping",
    "udp-echo",
    "hub-collision",
    "switch-learning",
    "driver",
    "terminator",
]
RENAMED = (("its own message has come back", "an own message has come back"),)
"""Regular expression of what is written now, and what stood there before."""

INTERVENTIONS = ("cable", "host"), ("open", "short", "repair", "terminator off", "terminator on")
"""Layers, and kinds, of events that come from outside. What they cause in the same instant stood before
them; now it stands after them. Within such an instant the order is not compared."""


def comparable(lines: list[str]) -> list[str]:
    """The lines of events.jsonl, those of an instant with an intervention in a fixed order."""
    layers, kinds = INTERVENTIONS
    found: list[str] = []
    for _, several in groupby(lines, lambda line: json.loads(line)["ps"]):
        together = list(several)
        events = [json.loads(line) for line in together]
        outside = any(event["layer"] in layers or event["kind"] in kinds for event in events)
        found += sorted(together) if outside else together
    return found


def cases(checkout: Path) -> list[str]:
    """All shipped scenarios on the compiled engine, with a waveform where they record one; short ones on
    MyHDL."""
    found = []
    for file in sorted((checkout / "sim/scenarios").glob("*.toml")):
        long = "long = true" in file.read_text(encoding="utf-8")
        found.append(f"{file.stem}/compiled")
        if not long and file.stem in SHORT:
            found.append(f"{file.stem}/myhdl")
    return found


def run(checkout: Path, case: str, folder: Path) -> None:
    """Leave the run folder of one case."""
    scenario, engine = case.split("/")
    command = [checkout / ".venv/bin/thicknet", "run", scenario, "--engine", engine, "-o", folder, "-q"]
    subprocess.run(command, cwd=folder.parent, stdout=subprocess.DEVNULL, check=False, timeout=900)


def differences(old: Path, new: Path) -> list[str]:
    """What two run folders do not have in common."""

    def files(root: Path) -> set[Path]:
        return {path.relative_to(root) for path in root.rglob("*") if path.is_file()}

    names_old, names_new = files(old), files(new)
    found = [f"only before: {name}" for name in sorted(names_old - names_new)]
    found += [f"only now: {name}" for name in sorted(names_new - names_old)]
    for name in sorted(names_old & names_new):
        if filecmp.cmp(old / name, new / name, shallow=False):
            continue
        if name.suffix == ".pcapng":
            found.append(f"differs: {name}")
            continue
        before, now = (
            (old / name).read_text("utf-8").splitlines(),
            (new / name).read_text("utf-8").splitlines(),
        )
        for pattern, was in RENAMED:
            now = [re.sub(pattern, was, line) for line in now]
        if name.name == "events.jsonl":
            before, now = comparable(before), comparable(now)
        if name.suffix == ".gtkw" or before == now:
            continue
        pairs = enumerate(zip(before, now, strict=False))
        line = next((n for n, (was, is_) in pairs if was != is_), min(len(before), len(now)))
        found.append(f"differs: {name}, line {line + 1} of {len(before)}/{len(now)}")
        found += [f"  before: {text[:300]}" for text in before[line : line + 1]]
        found += [f"  now:    {text[:300]}" for text in now[line : line + 1]]
    return found


def main(verb: str, checkout: Path, folder: Path, *wanted: str) -> int:
    """Record or compare; the number of cases that differ, at most 1."""
    status = 0
    for case in wanted or cases(checkout):
        kept = folder / case
        if verb == "record":
            kept.parent.mkdir(parents=True, exist_ok=True)
            run(checkout.resolve(), case, kept.resolve())
            print(f"{case}: {sum(1 for _ in kept.rglob('*'))} files", flush=True)
            continue
        with tempfile.TemporaryDirectory() as place:
            made = Path(place) / "run"
            run(checkout.resolve(), case, made)
            found = differences(kept, made)
        print(f"{case}: {'equal' if not found else ''}", *found, sep="\n  " if found else "", flush=True)
        status |= bool(found)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:]))
