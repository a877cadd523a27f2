"""`thicknet view`: where it opens, and pictures (mission rows 5.8 to 5.10)."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from sim.cli import main

SVG = "{http://www.w3.org/2000/svg}"


def thicknet(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "ping"
    result = thicknet("run", "ping", "-q", "-o", folder)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for programs, the only one; each writes its arguments into a file."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":1")
    return tmp_path


def provide(programs: Path, name: str) -> Path:
    opened = programs / f"{name}.opened"
    (programs / name).write_text(f'#!/bin/sh\necho "$@" > {opened}\n')
    (programs / name).chmod(0o755)
    return opened


def test_gtkwave_opens_at_a_frame_with_marks(run: Path, programs: Path) -> None:
    opened = provide(programs, "gtkwave")
    assert thicknet("view", run, "--frame", "yellow:2").exit_code == 0
    assert opened.read_text() == "view.gtkw\n"
    lines = (run / "view.gtkw").read_text().splitlines()
    (zoom,) = (line.split() for line in lines if line.startswith("*"))
    (start,) = (int(line.split()[1]) for line in lines if line.startswith("[timestart]"))
    names = [line.removeprefix("[markername] ") for line in lines if line.startswith("[markername]")]
    assert names[0] == "Ayellow:2"
    assert any(name.endswith("irq server") for name in names)
    assert start < int(zoom[2]) < start + 100_000_000
    marked = [int(ps) for ps in zoom[2:] if ps != "-1"]
    assert marked == sorted(marked)
    assert len(marked) == len(names)


def test_gtkwave_opens_at_an_instant(run: Path, programs: Path) -> None:
    provide(programs, "gtkwave")
    assert thicknet("view", run, "--at", "1.2 ms").exit_code == 0
    assert "[timestart] 1200000000" in (run / "view.gtkw").read_text()


def test_surfer_opens_where_there_is_no_gtkwave(run: Path, programs: Path) -> None:
    opened = provide(programs, "surfer")
    assert thicknet("view", run, "--at", "1.2 ms", "--for", "1 ms").exit_code == 0
    assert opened.read_text() == "-c view.sucl waves.vcd\n"
    lines = (run / "view.sucl").read_text().splitlines()
    assert "variable_add yellow.pc.level_V" in lines
    assert lines[-1] == "zoom_to 1200000000ps 2200000000ps"


def test_wireshark_opens_the_capture_at_the_frame_with_comments(run: Path, programs: Path) -> None:
    opened = provide(programs, "wireshark")
    assert thicknet("view", run, "--wireshark", "--frame", "pc:3").exit_code == 0
    words = opened.read_text()
    assert words.startswith(f"-r {run / 'pc.pcapng'} -g 3 -o gui.column.format:")
    assert '"Comment","%Cus:frame.comment:0:R"' in words
    assert thicknet("view", run, "--wireshark").exit_code == 0
    assert opened.read_text().startswith(f"-r {run / 'yellow.pcapng'} -g 1 ")


def test_without_a_viewer_a_sentence_says_what_to_install(run: Path, programs: Path) -> None:
    result = thicknet("view", run)
    assert result.exit_code == 1
    assert result.stderr.startswith("neither GTKWave nor Surfer is installed: ")
    result = thicknet("view", run, "--wireshark")
    assert result.exit_code == 1
    assert "Wireshark is not installed" in result.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--frame", "yellow:999"), "yellow:999: yellow has 4 frames"),
        (("--frame", "yelow:1"), 'there is no such capture; did you mean "yellow"?'),
        (("--frame", "first"), "first: is no frame; write yellow:7"),
        (("--frame", "1", "--at", "1 ms"), "give one of them"),
        (("--rows", "yellow.*"), "give --svg FILE"),
        (("--svg", "a.svg", "--rows", "yellow.fields"), 'did you mean "yellow.field"?'),
    ],
)
def test_what_is_wrong_is_a_sentence(run: Path, options: tuple[str, ...], sentence: str) -> None:
    result = thicknet("view", run, *options)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_picture_of_a_frame(run: Path, tmp_path: Path) -> None:
    """Mission row 5.8."""
    drawn = tmp_path / "frame.svg"
    result = thicknet("view", run, "--frame", "1", "--svg", drawn, "--rows", "yellow.field,yellow.pc.*")
    assert result.exit_code == 0, result.output
    texts = [text.text for text in ElementTree.parse(drawn).iter(f"{SVG}text")]
    for text in ("yellow.field", "PRE", "DA", "SA", "DATA", "FCS", "yellow.pc.level_V", "-2.05 V"):
        assert text in texts


def test_an_instant_after_the_end_is_a_sentence(run: Path) -> None:
    result = thicknet("view", run, "--at", "60 s")
    assert result.exit_code == 2
    assert result.stderr.startswith("--at: the run ended at ")


def test_of_a_run_that_was_killed_there_is_what_was_written(
    run: Path, tmp_path: Path, programs: Path
) -> None:
    opened = provide(programs, "gtkwave")
    killed = tmp_path / "killed"
    killed.mkdir()
    (killed / "events.jsonl").write_bytes((run / "events.jsonl").read_bytes()[:-5])
    (killed / "waves.vcd").write_bytes((run / "waves.vcd").read_bytes()[:-3])
    result = thicknet("view", killed)
    assert result.exit_code == 0
    assert "was killed before its rows were arranged" in result.stderr
    assert opened.read_text() == "waves.vcd\n"
    drawn = tmp_path / "drawn.svg"
    assert thicknet("view", killed, "--svg", drawn, "--rows", "yellow.field").exit_code == 0
    assert "PRE" in drawn.read_text()
