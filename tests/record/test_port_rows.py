"""The row of text beside a hub's port, and where it stands in GTKWave's save file."""

from pathlib import Path

from hw.nets import Net, NetKind
from sim.engine.interface import Changes
from sim.record.arrangement import Arrangement
from sim.record.port_rows import ROW, port_rows
from sim.record.waves import Scope, Text, Waves

LINES = ("partitioned", "aui_ci", "link", "aui_di_active", "aui_do_active")
NETS = [
    Net("pc", "adapter", "irq", NetKind.BIT),
    Net("hub", "core", "td", NetKind.BIT),
    *(
        Net("hub", f"port{port}", line, initial=int(line == "link" and port == 1))
        for port in (1, 2)
        for line in LINES
    ),
]
LINK, HEARS, SENDS, COLLIDES, PARTITIONED = (
    next(place for place, net in enumerate(NETS) if net.name == f"hub.port1.{line}")
    for line in ("link", "aui_di_active", "aui_do_active", "aui_ci", "partitioned")
)


def test_what_a_port_does_in_one_word() -> None:
    one, other = port_rows(NETS)
    assert [(row.scope.name, row.word) for row in (one, other)] == [
        ("hub.port1", "IDLE"),
        ("hub.port2", "NO_LINK"),
    ]
    story = [
        (10, HEARS, 1),
        (20, SENDS, 1),
        (20, COLLIDES, 1),
        (30, COLLIDES, 0),
        (30, HEARS, 1),
        (40, PARTITIONED, 1),
        (50, SENDS, 0),
        (50, HEARS, 0),
        (60, PARTITIONED, 0),
        (70, LINK, 0),
    ]
    told = one.changes(Changes.of(story[:4])) + one.changes(Changes.of(story[4:]))
    assert [(text.ps, text.text) for text in told] == [
        (10, "IN"),
        (20, "COLLISION"),
        (30, "OUT"),
        (30, "OUT"),
        (40, "PARTITIONED"),
        (50, "PARTITIONED"),
        (60, "IDLE"),
        (70, "NO_LINK"),
    ]
    assert other.changes(Changes.of(story)) == []


def test_ports_are_groups_in_their_hub(tmp_path: Path) -> None:
    rows = {(row.scope, ROW): row.word for row in port_rows(NETS)}
    waves = Waves(tmp_path / "waves.vcd", NETS, rows, {})
    waves.write(waves.numbered([Text(5, Scope("hub", "port2"), ROW, "IN")]))
    waves.close(10)
    (tmp_path / "events.jsonl").touch()
    Arrangement(NETS, rows, {}).write(tmp_path)
    lines = (tmp_path / "waves.gtkw").read_text().splitlines()
    shown = [line for line in lines if line.startswith(("-", "+", "hub.", "pc.")) and line != "-"]
    doing = [line for line in shown if "doing" in line]
    assert len(doing) == 2
    places = [shown.index(line) for line in ("-hub", "-hub.port1", doing[0], "-hub.port2", doing[1], "-pc")]
    assert places == sorted(places)
    assert "sIN " in (tmp_path / "waves.vcd").read_text()
