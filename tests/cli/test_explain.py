"""`thicknet explain DIR FRAME`: one frame from the program's call to half bits and back (docs/running.md)."""

import json
import shutil
import zlib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cli import main
from sim.record.dissect import dissect
from sim.record.explain.captured import Captured, find, read
from sim.record.explain.follow import follow
from sim.record.explain.sections import text

ROOT = Path(__file__).parent.parent.parent
MOST_LINES = 65
LINK = """\
title = "Two hosts on a link"
[link]
[[host]]
name = "pc"
address = "192.168.1.10/24"
[[host]]
name = "server"
address = "192.168.1.20/24"
[[program]]
host = "pc"
run = "ping -c 1 server"
"""


def thicknet(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, on_compiled: None) -> Path:
    folder = tmp_path_factory.mktemp("explain")
    (folder / "link.toml").write_text(LINK)
    for scenario in ("web", "collision", "switch-learning", str(folder / "link.toml")):
        waveform = () if scenario == "collision" else ("--no-vcd",)
        result = thicknet("run", scenario, *waveform, "-q", "-o", str(folder / Path(scenario).stem))
        assert result.exit_code == 0, result.output
    return folder


def explained(runs: Path, run: str, frame: str, *options: str) -> list[str]:
    result = thicknet("explain", str(runs / run), frame, *options)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def places(lines: list[str], *words: str) -> list[int]:
    """In which lines the words are first, in this order."""
    return [next(number for number, line in enumerate(lines) if word in line) for word in words]


def test_a_frame_goes_from_a_programs_send_to_a_programs_recv(runs: Path) -> None:
    lines = explained(runs, "web", "yellow:6")
    found = places(
        lines,
        "send(): 116 octets into descriptor",
        "sends PSH ACK",
        "directly (route 192.168.1.0/24)",
        "found in the cache: 192.168.1.20 is at 02:00:00:00:00:02",
        "hands the adapter a frame of 170 octets",
        "transmission begins, attempt 1",
        "the FCS is good",
        "1456 bits of 100 ns",
        "at server",
        "takes a frame of 170 octets from its ring",
        "receives PSH ACK",
        "recv(): 116 octets from descriptor",
    )
    assert found == sorted(found)
    assert len(lines) <= MOST_LINES


def test_the_example_of_the_documentation_is_what_is_printed(runs: Path) -> None:
    page = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    examples = page.split("```console\n$ thicknet explain runs/web ")[1:]
    assert examples
    for example in examples:
        command, _, printed = example.partition("```")[0].partition("\n")
        assert explained(runs, "web", *command.split()) == printed.splitlines()


def test_the_cable_may_be_left_out_when_one_is_captured(runs: Path) -> None:
    assert explained(runs, "web", "6") == explained(runs, "web", "yellow:6")


def test_a_hosts_frame_is_the_one_on_the_cable(runs: Path) -> None:
    lines = explained(runs, "web", "pc:3")
    assert lines[0].startswith("pc:3: 66 octets without FCS") and lines[0].endswith("it is yellow:3")
    assert lines[1:] != [] and "connect() to 192.168.1.20:80 by browse" in "\n".join(lines)


def test_a_packet_that_waited_for_arp_says_so(runs: Path) -> None:
    lines = explained(runs, "web", "yellow:3", "--layer", "arp")
    found = places(
        lines, "not in the cache", "asks everyone", "answers: it is at", "cache: 192.168.1.20 is at"
    )
    assert found == sorted(found)


def test_all_layers_show_every_field_and_every_half_bit(runs: Path) -> None:
    lines = explained(runs, "web", "yellow:3", "--all-layers")
    frame = find(runs / "web", "yellow:3")
    shown = "\n".join(lines)
    for layer in dissect(frame.octets):
        assert layer.source in shown
        for field in layer.fields:
            assert field.name in shown and field.value in shown and field.meaning in shown
    halves = [line for line in lines if line.count("_") > 7]
    assert sum(line.count("_") for line in halves) == 8 * (8 + len(frame.octets))


def test_802_3_clause_3_2_9_the_fcs_is_worked_out_as_zlib_does(runs: Path) -> None:
    for frame in read(runs / "web", "yellow"):
        lines = explained(runs, "web", f"yellow:{frame.number}", "--layer", "fcs")
        crc = f"{zlib.crc32(frame.octets[:-4]):08x}"
        assert f"Complemented: {crc}; zlib.crc32 of the octets: {crc}." in lines[-3]
        assert lines[-1].endswith(f"with {frame.octets[-4:].hex(' ')}: they are equal, the FCS is good.")


def test_802_3_clause_7_3_1_1_a_bit_is_its_complement_and_itself(runs: Path) -> None:
    first = next(line for line in explained(runs, "web", "1", "--layer", "signal") if "55 55 55 55" in line)
    assert first.endswith(" ".join(["_--__--__--__--_"] * 4))  # 10101010, from the first bit on


def test_802_3_clause_8_3_1_3_levels_are_those_of_the_waveform(runs: Path) -> None:
    lines = explained(runs, "collision", "yellow:3", "--layer", "signal")
    (number,) = [number for number, line in enumerate(lines) if "Levels at the tap of left" in line]
    assert lines[number].endswith("0 V, -0.59 V, -1.36 V")  # of a sender at the other end of the cable
    assert "0 or 82 mA into 25 ohm: 0 or -2.05 V" in lines[number + 1]
    bits = lines[number - 1].split()[0]
    assert bits == "880"  # from the first bit's change on, each bit changes once or twice
    assert 880 <= int(lines[-1].split()[0]) <= 2 * 880
    shared = explained(runs, "collision", "yellow.fragments:1", "--layer", "signal")
    assert any("tap of left: 0 V" in line and "-3.41 V" in line for line in shared)


def test_collisions_and_backoffs_before_a_frame_succeeds(runs: Path) -> None:
    lines = explained(runs, "collision", "yellow:1", "--layer", "mac")
    assert [line.split("  ")[-1].strip() for line in lines if "attempt" in line or "backoff" in line] == [
        "the line is free: transmission begins, attempt 1",
        "backoff after collision 1: waits 0 slot times",
        "the line is free: transmission begins, attempt 2",
    ]


def test_a_station_ignores_a_frame_that_is_for_another(runs: Path) -> None:
    lines = explained(runs, "collision", "yellow:3", "--layer", "stations")
    found = places(lines, "at middle", "at left: another station's frame", "the rest is ignored")
    assert found == sorted(found)


def test_what_a_collision_left_says_who_sent(runs: Path) -> None:
    lines = explained(runs, "collision", "yellow.fragments:1")
    senders = [line for line in lines if "transmission begins" in line]
    assert len(senders) == 2 and "voltage of 2 senders" in lines[0]


def test_a_switch_says_where_it_has_sent_a_frame(runs: Path) -> None:
    lines = explained(runs, "switch-learning", "red:1")
    assert any("flooded from port" in line or "forwarded from port" in line for line in lines)


def test_a_frame_on_a_link_has_no_bits(runs: Path) -> None:
    lines = explained(runs, "link", "pc:3")
    found = places(lines, "echo request 1 to", "No FCS", "No bits", "at server", "echo request 1 from")
    assert found == sorted(found)


def test_json_has_the_fields_and_the_events(runs: Path) -> None:
    (line,) = explained(runs, "web", "yellow:6", "--json")
    record = json.loads(line)
    (tcp,) = [layer for layer in record["layers"] if layer["name"] == "TCP"]
    assert tcp["fields"][0] == {
        "name": "source port",
        "offset_bits": 272,
        "width_bits": 16,
        "value": tcp["fields"][0]["value"],
        "meaning": "",
    }
    (program,) = [section for section in record["sections"] if section["name"] == "program"]
    assert program["events"][0]["fields"]["octets"] == 116


def test_a_run_that_was_killed_is_explained_as_far_as_it_came(runs: Path, tmp_path: Path) -> None:
    shutil.copy(runs / "web" / "events.jsonl", tmp_path)
    whole = (runs / "web" / "yellow.pcapng").read_bytes()
    (tmp_path / "yellow.pcapng").write_bytes(whole[:-100])
    last = sum(1 for _ in read(tmp_path, "yellow"))
    assert thicknet("explain", str(tmp_path), str(last)).exit_code == 0
    (tmp_path / "events.jsonl").unlink()
    lines = thicknet("explain", str(tmp_path), "1").stdout.splitlines()
    assert "holds no run: events.jsonl" in lines[1] and "the FCS is good" in "\n".join(lines)


@pytest.mark.parametrize(
    ("frame", "options", "sentence"),
    [
        ("yello:1", (), "yello: there is no capture of that name; there are pc, server, yellow"),
        ("yellow:0", (), "frames, from yellow:1 on: there is no yellow:0"),
        ("yellow:999", (), "yellow has 8 frames, from yellow:1 on: there is no yellow:999"),
        ("yellow", (), "yellow: a frame is called by its cable and its number, as in pc:7"),
        ("yellow:-1", (), "a frame is called by its cable and its number"),
        ("1", ("--layer", "udp"), "1 has no layer udp; it has arp, driver, mac"),
    ],
)
def test_what_cannot_be_explained(frame: str, options: tuple[str, ...], sentence: str, runs: Path) -> None:
    result = thicknet("explain", str(runs / "web"), frame, *options)
    assert result.exit_code == 2
    assert (
        sentence.replace("8 frames", f"{sum(1 for _ in read(runs / 'web', 'yellow'))} frames")
        in result.stderr
    )


def test_several_cables_must_be_named(runs: Path) -> None:
    result = thicknet("explain", str(runs / "switch-learning"), "1")
    assert result.exit_code == 2 and "cables are captured: say which frame, as in" in result.stderr


def test_a_folder_that_holds_no_captures(tmp_path: Path) -> None:
    assert "there is no such folder" in thicknet("explain", str(tmp_path / "none"), "1").stderr
    assert "holds no captures" in thicknet("explain", str(tmp_path), "1").stderr
    (tmp_path / "yellow.pcapng").write_bytes(b"\x0a\x0d\x0d\x0a\x10\0\0\0garbage!")
    assert "is no capture of thicknet's" in thicknet("explain", str(tmp_path), "yellow:1").stderr


def test_what_an_event_says_is_shown_escaped(runs: Path, tmp_path: Path) -> None:
    """A foreign record may say anything: nothing of it reaches the terminal as a control sequence."""
    shutil.copy(runs / "web" / "yellow.pcapng", tmp_path)
    shutil.copy(runs / "web" / "pc.pcapng", tmp_path)
    lines = (runs / "web" / "events.jsonl").read_text(encoding="utf-8")
    (tmp_path / "events.jsonl").write_text(lines.replace('"eth0"', '"\\u001b[2J\\u202e"'), encoding="utf-8")
    shown = thicknet("explain", str(tmp_path), "yellow:3").stdout
    assert "\x1b" not in shown and "\u202e" not in shown and "[2J" in shown


HEADS = ("", "02000000000202000000000108004500", "0200000000020200000000010806")


@settings(deadline=None)
@given(head=st.sampled_from(HEADS), octets=st.binary(max_size=200), fcs=st.booleans())
def test_any_octets_are_explained(head: str, octets: bytes, fcs: bool, runs: Path) -> None:
    frame = Captured("yellow", 1, 1_003_133, "yellow", bytes.fromhex(head) + octets, fcs, "")
    journey = follow(runs / "web", frame)
    assert text(journey) and text(journey, everything=True)
