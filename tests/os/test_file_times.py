"""When a host's files were written: by its own calendar, whoever asks (stat(2), utime(2))."""

import http.server
import io
import os
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from sim import Lan

BEGIN = 1_767_225_600
"""2026-01-01 00:00:00 UTC, when a run begins."""


def times(program: Callable[[], dict[str, float]], folder: Path) -> dict[str, float]:
    """The times, in seconds from the beginning of the run, that a program on a host reports."""
    lan = Lan(folder=folder)
    lan.host("pc", address="10.0.0.1/24", clock_ppm=0, processing_time="0 s")
    lan.link()
    job = lan.program("pc", program)
    lan.run()
    return {name: round(seen - BEGIN, 3) for name, seen in job.result().items()}


def written_and_looked_at() -> dict[str, float]:
    found = {}
    time.sleep(5)
    Path("a").write_text("now")
    found["at once"] = Path("a").stat().st_mtime
    time.sleep(5)
    found["later"] = Path("a").stat().st_mtime
    with Path("a").open("a") as file:
        file.write("more")
        time.sleep(5)
        found["in the buffer"] = Path("a").stat().st_mtime
        file.flush()
        found["flushed"] = os.fstat(file.fileno()).st_mtime
        time.sleep(5)
    found["closed"] = Path("a").stat().st_mtime
    Path("new").write_text("x")
    Path("new").rename("a")
    time.sleep(5)
    found["renamed"] = Path("a").lstat().st_mtime
    fd = os.open("raw", os.O_CREAT | os.O_WRONLY)
    time.sleep(5)
    os.write(fd, b"x")
    found["raw"] = next(entry for entry in os.scandir() if entry.name == "raw").stat().st_mtime
    os.close(fd)
    time.sleep(5)
    Path("a").touch()
    found["touched"] = Path("a").stat().st_mtime
    os.utime("a", (BEGIN + 1, BEGIN + 2))
    time.sleep(5)
    found["set"] = Path("a").stat().st_mtime
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
        file.flush()
        found["temporary"] = Path(file.name).stat().st_mtime
    return found


def test_a_file_has_the_time_at_which_it_was_written(tmp_path: Path) -> None:
    found = times(written_and_looked_at, tmp_path / "run")
    assert found == pytest.approx(
        {
            "at once": 5,
            "later": 5,
            "in the buffer": 5,
            "flushed": 15,
            "closed": 15,
            "renamed": 20,
            "raw": 30,
            "touched": 35,
            "set": 2,
            "temporary": 40,
        },
        abs=0.01,
    )
    left = tmp_path / "run" / "hosts" / "pc" / "raw"
    assert left.stat().st_mtime - BEGIN == pytest.approx(30, abs=0.01)


def set_and_renamed() -> dict[str, float]:
    found = {}
    Path("old").write_text("x")
    time.sleep(5)
    with Path("old").open("a"):
        pass
    found["opened and not written"] = Path("old").stat().st_mtime
    with Path("old").open("r+") as file:
        os.utime("old", (BEGIN + 1, BEGIN + 3))
        time.sleep(1)
        found["set while it is open"] = Path("old").stat().st_mtime
        file.write("y")
    found["written after that"] = Path("old").stat().st_mtime
    Path("new").write_text("x")
    os.utime("new", (BEGIN + 1, BEGIN + 2))
    time.sleep(1)
    found["set when it was written"] = Path("new").stat().st_mtime
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("y")
        Path(file.name).replace("new")
    time.sleep(1)
    found["put in the place of another"] = Path("new").stat().st_mtime
    with tarfile.open("archive.tar", "w") as archive:
        member = tarfile.TarInfo("member")
        member.mtime = BEGIN + 100
        archive.addfile(member, io.BytesIO())
    with tarfile.open("archive.tar") as archive:
        archive.extractall(filter="data")
    time.sleep(1)
    found["unpacked"] = Path("member").stat().st_mtime
    return found


def test_a_time_that_is_set_stays(tmp_path: Path) -> None:
    assert times(set_and_renamed, tmp_path / "run") == pytest.approx(
        {
            "opened and not written": 0,
            "set while it is open": 3,
            "written after that": 6,
            "set when it was written": 2,
            "put in the place of another": 7,
            "unpacked": 100,
        },
        abs=0.01,
    )


def test_files_elsewhere_have_the_real_time(tmp_path: Path) -> None:
    def write() -> dict[str, float]:
        (tmp_path / "elsewhere").write_text("x")
        return {}

    before = time.time()
    times(write, tmp_path / "run")
    assert (tmp_path / "elsewhere").stat().st_mtime >= before - 1


def test_a_web_server_says_when_a_page_was_written(tmp_path: Path) -> None:
    """Last-Modified (RFC 9110 section 8.8.2) is part of what goes over the wire, and so the seed's."""

    def serve() -> None:
        Path("page").write_text("hello")
        http.server.HTTPServer(("", 80), http.server.SimpleHTTPRequestHandler).serve_forever()

    def ask() -> str | None:
        return urllib.request.urlopen("http://server/page").headers["Last-Modified"]

    lan = Lan(folder=tmp_path / "run", epoch="2030-05-01T12:00:00Z")
    for number, host in enumerate(("server", "pc"), start=1):
        lan.host(host, address=f"10.0.0.{number}/24", clock_ppm=0)
    lan.link()
    lan.program("server", serve, service=True)
    job = lan.program("pc", ask, at="100 s")
    lan.run()
    assert job.result() == "Wed, 01 May 2030 12:00:00 GMT"
