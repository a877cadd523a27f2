"""`thicknet show DIR TABLE --at T`: what is printed, and what cannot be (docs/running.md, "Tables")."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from sim.cli import main
from sim.cli.tables import print_rows
from sim.record.printable import MOST, printable
from sim.record.tables.instant import table_at
from sim.record.tables.registry import TABLES

pytestmark = pytest.mark.usefixtures("on_compiled")
ROOT = Path(__file__).parent.parent.parent


def thicknet(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("show") / "web"
    assert thicknet("run", "web", "--no-vcd", "-q", "-o", str(folder)).exit_code == 0
    return folder


def shown(folder: Path, *words: str) -> str:
    result = thicknet("show", str(folder), *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_example_of_the_documentation_is_what_is_printed(web: Path) -> None:
    """docs/running.md: the command, and below it what it prints."""
    text = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    examples = text.split("```console\n$ thicknet show runs/web ")[1:]
    assert examples
    for example in examples:
        command, _, printed = example.partition("```")[0].partition("\n")
        assert shown(web, *command.split()) == printed


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_on_the_page_and_in_the_help(name: str, web: Path) -> None:
    page = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    assert f"| `{name}` |" in page
    assert f"  {name} " in thicknet("show", "--help").stdout
    assert shown(web, name).startswith(f"{name} at ")


def test_a_row_as_json(web: Path) -> None:
    lines = shown(web, "arp", "--at", "2 ms", "--host", "pc", "--json").splitlines()
    (row,) = map(json.loads, lines)
    assert (row["table"], row["where"]) == ("arp", "pc")
    assert (row["row"]["address"], row["row"]["state"]) == ("192.168.1.20", "REACHABLE")
    assert list(row["row"]) == [column.name for column in TABLES["arp"].columns]


def test_the_instant_decides(web: Path) -> None:
    """Before socket() there is none; at 0 the stack is set up."""
    assert shown(web, "sockets", "--at", "0 ms", "--host", "pc") == "sockets at 0 ns\nno rows\n"
    assert "192.168.1.10/24" in shown(web, "interfaces", "--at", "0 ms")
    assert "SYN-SENT" in shown(web, "sockets", "--at", "1.1 ms", "--host", "pc")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sokets",), 'sokets: there is no such table; did you mean "sockets"?'),
        (("arp", "--host", "sever"), 'sever: there is no such host or box; did you mean "server"?'),
        (("arp", "--host", "x"), "x: there is no such host or box; there are pc, server"),
        (("arp", "--at", "1 h"), '"h" is not a unit here'),
        (("arp", "--at", "-1 s"), "must not be negative"),
        (("arp", "--at", "9000 s"), "9000 s: there is no such instant: the run has ended at "),
        (("arp", "--layer", "arp"), "a table has --at and --host"),
        (("story", "--at", "1 ms"), "--at is the instant of a table"),
    ],
)
def test_what_cannot_be_shown(words: tuple[str, ...], sentence: str, web: Path) -> None:
    result = thicknet("show", str(web), *words)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_no_run_folder(tmp_path: Path) -> None:
    result = thicknet("show", str(tmp_path), "arp")
    assert result.exit_code == 2
    assert "holds no run: events.jsonl" in result.stderr


def test_a_run_that_was_killed_is_shown_as_far_as_it_came(web: Path, tmp_path: Path) -> None:
    shutil.copytree(web, tmp_path / "killed")
    record = json.loads((web / "run.json").read_text())
    del record["ended"]
    (tmp_path / "killed/run.json").write_text(json.dumps(record))
    whole = (web / "events.jsonl").read_bytes()
    (tmp_path / "killed/events.jsonl").write_bytes(whole[: len(whole) // 3])
    result = thicknet("show", str(tmp_path / "killed"), "arp", "--host", "server")
    assert result.exit_code == 0
    assert "the run has not come to its end" in result.stderr
    late = thicknet("show", str(tmp_path / "killed"), "arp", "--at", "900 s")
    assert late.exit_code == 2 and "what is recorded ends at" in late.stderr


def test_a_run_of_an_older_version_has_no_run_json(web: Path, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes((web / "events.jsonl").read_bytes())
    result = thicknet("show", str(tmp_path), "arp", "--at", "2 ms")
    assert result.exit_code == 0
    assert "has no run.json" in result.stderr and "REACHABLE" in result.stdout


HOSTILE = "\x1b[2J\x07[bold]\u202eevil\u2066\n" + "long" * 500_000
FORBIDDEN = ("\x1b", "\x07", "\u202e", "\u2066")


@pytest.mark.parametrize("what", ["story", "events", "sockets", "arp"])
def test_hostile_names_and_texts_are_escaped_and_cut(what: str, tmp_path: Path) -> None:
    events = [
        ("program", "output", {"program": HOSTILE, "pid": 1, "stream": "stdout", "text": HOSTILE}),
        (
            "socket",
            "changed",
            {"fd": 3, "proto": "tcp", "local": HOSTILE, "remote": HOSTILE, "state": "LISTEN"},
        ),
        ("socket", "socket", {"fd": 3, "program": HOSTILE, "pid": 1}),
        (
            "arp",
            "entry",
            {"interface": HOSTILE, "address": "1.2.3.4", "state": HOSTILE, "mac": None, "expires_in": 1},
        ),
    ]
    with (tmp_path / "events.jsonl").open("w") as file:
        for layer, kind, fields in events:
            line = {"ps": 1, "where": f"pc{HOSTILE}", "layer": layer, "kind": kind, "fields": fields}
            file.write(json.dumps(line) + "\n")
    printed = shown(tmp_path, what)
    assert not any(one in printed for one in FORBIDDEN)
    assert "[bold]" in printed and "\\x1b[2J" in printed
    assert len(printed) < 20 * MOST and printed.count("\n") < 10


@pytest.mark.parametrize("width", [60, 100, 400])
def test_a_terminal_of_any_width_shows_addresses_in_one_piece(width: int, web: Path) -> None:
    table, ps, _ = table_at(web, "tcp", 1_600_000)
    heads = list(table.columns)
    cells = [[str(value) for value in row.values()] for _, row in table.at(ps)]
    console = Console(width=width, file=StringIO(), color_system=None)
    print_rows(console, heads, cells)
    assert isinstance(console.file, StringIO)
    printed = console.file.getvalue()
    assert all(cell in printed for row in cells for cell in row)
    assert max(map(len, printed.splitlines())) <= width
    assert ("snd_una 1837374370" in printed) == (width < 400)


def test_what_is_printable_stays() -> None:
    assert printable("naïve 漢字 — µs") == "naïve 漢字 — µs"
    assert printable("a\tb\u2028") == "a\\tb\\u2028"
    assert printable("x" * (MOST + 1)) == "x" * MOST + "… (1 more characters)"
