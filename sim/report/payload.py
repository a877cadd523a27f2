"""What a report knows of a run: everything that its page shows, as one JSON object of columns.

It is computed from the run folder alone. What the folder lacks (an older run, a run that was killed) is a
sentence in `missing`; the rest is shown. Times are integers, in ps, but for those of captures, in ns.
"""

from collections.abc import Iterator
from dataclasses import asdict
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import sim.record.declarations  # noqa: F401 (the sentence of every kind is known then)
from journal.event import Event
from journal.kind import is_whole
from sim.record.curves import Curves
from sim.record.manifest import Manifest, read_manifest
from sim.record.reading import ReadingError, events
from sim.record.tables.registry import TABLES
from sim.report.frames import columns, read_frames
from sim.report.ladder import ladders
from sim.report.story import Story
from sim.report.strings import Strings
from sim.report.tables import table_columns

FORMAT = 1


def payload(folder: Path) -> dict[str, Any]:
    """All of it. Raises ReadingError if there is no run in `folder`."""
    strings = Strings()
    missing = []
    manifest: Manifest | None = None
    try:
        manifest = read_manifest(folder)
        if manifest.ended is None:
            missing.append("The run was killed or is still going on: this is what it has recorded so far.")
    except ReadingError as error:
        missing.append(str(error).partition(": ")[2])
    hubs = [] if manifest is None else [box for box in manifest.network.boxes if box.kind == "hub"]
    story = Story(strings, {box.name: box.ports for box in hubs})
    curves = Curves()

    def watched() -> Iterator[Event]:
        for event in events(folder):
            story(event)
            if is_whole(event):
                curves(event)
            yield event

    tables = table_columns([kind(manifest) for kind in TABLES.values()], watched(), strings)
    frames = []
    for capture in _captures(folder):
        try:
            frames += read_frames(folder, capture)
        except ReadingError as error:
            missing.append(str(error))
    frames.sort(key=lambda frame: (frame.ns, frame.capture, frame.number))
    found = ladders(frames, _owners(manifest))
    return {
        "format": FORMAT,
        "manifest": None if manifest is None else asdict(manifest),
        "missing": missing,
        "end": max(story.last, 0 if manifest is None or manifest.ended is None else manifest.ended.ps),
        "events": story.columns,
        "transmissions": story.transmissions,
        "collisions": story.collisions,
        "frames": columns(frames, strings),
        "ladders": [
            {
                "title": strings(ladder.title),
                "places": [strings(place) for place in ladder.places],
                "arrows": [
                    [
                        ladder.places.index(arrow.sender),
                        ladder.places.index(arrow.receiver) if arrow.receiver else -1,
                        arrow.sent,
                        arrow.received,
                        int(arrow.again),
                        strings(arrow.text),
                    ]
                    for arrow in ladder.arrows
                ],
            }
            for ladder in found
        ],
        "curves": [
            {
                **{key: strings(str(value)) for key, value in curve.name._asdict().items()},
                "ps": curve.ps,
                "values": [round(value, 6) for value in curve.values],
                "connected": curve.is_connected,
            }
            for curve in curves.curves()
        ],
        "tables": tables,
        "strings": strings.all(),
    }


def _captures(folder: Path) -> list[str]:
    """All but those of fragments, in the order of their names."""
    names = (path.name.removesuffix(".pcapng") for path in folder.glob("*.pcapng"))
    return sorted(name for name in names if not name.endswith(".fragments"))


def _owners(manifest: Manifest | None) -> dict[IPv4Address, str]:
    hosts = () if manifest is None else manifest.network.hosts
    return {IPv4Interface(one.address).ip: host.name for host in hosts for one in host.interfaces}
