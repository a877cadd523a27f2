"""One clock: dates and local times of a program are its host's, whoever asks and however."""

# ruff: noqa: ANN001, ANN201, ANN202, DTZ

import contextlib
import copy
import datetime as module
import email.utils
import logging
import os
import pickle
import re
import sqlite3
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

import pytest
from link_network import LinkNetwork

from sim import Lan, ScenarioError

BEGIN = datetime(2026, 1, 1)
BEFORE = datetime.now  # as a module has it that was imported long ago


def run(program, zone="UTC", at_ns=0):
    """What `program` returns on a host in `zone`."""
    results = []
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].zone = zone
        network.hosts["pc"].spawn("program", lambda argv: results.append(program()), at_ns=at_ns)
        assert network.run().succeeded, network.output("pc", "stderr")
    return results[0]


@dataclass
class Note:
    """With a default that holds the method."""

    made: datetime = field(default_factory=datetime.now)


def stamped(by=datetime.utcnow):
    return by()


class Own(datetime):
    """A class of dates as programs make them."""


def test_now_is_simulated_however_it_is_asked():
    def program():
        time.sleep(1.5)
        return [
            datetime.now(),
            BEFORE(),
            Note().made,
            stamped(),
            module.datetime.now(),
            datetime.utcnow(),
            datetime.today(),
            datetime.now(module.UTC).replace(tzinfo=None),
            datetime.now(tz=timezone(timedelta(hours=2))).replace(tzinfo=None) - timedelta(hours=2),
            datetime.fromtimestamp(time.time()),
            email.utils.localtime().replace(tzinfo=None),
            datetime.combine(date.today(), datetime.now().time()),
        ]

    for moment in run(program):
        assert timedelta(0) <= moment - BEGIN - timedelta(seconds=1.5) < timedelta(microseconds=20), moment


def test_to_the_microsecond():
    seen = run(lambda: [datetime.now(module.UTC), time.time_ns()], at_ns=123_456_789)
    assert seen[0] == datetime(2026, 1, 1, 0, 0, 0, 123_456, module.UTC)
    assert seen[1] // 1000 % 1_000_000 in (123_456, 123_457)


def test_subclasses_and_pickles():
    def program():
        moment = Own.now()
        return (
            type(moment),
            isinstance(datetime.now(), datetime),
            pickle.loads(pickle.dumps(moment)) == moment,
        )

    assert run(program) == (Own, True, True)
    assert pickle.loads(pickle.dumps(datetime.now)) is not None
    assert copy.copy(datetime.now)().year >= 2026


def test_what_is_wrong_is_refused_as_ever():
    def program():
        raised = []
        for call in (lambda: datetime.now("UTC"), lambda: datetime.now(1, 2), lambda: datetime.utcnow(1)):
            try:
                call()
            except TypeError:
                raised.append("TypeError")
        return raised

    assert run(program) == program() == ["TypeError"] * 3


def test_outside_it_is_real():
    before = time.time()
    run(datetime.now)
    now = datetime.now(module.UTC).timestamp()
    assert before <= now <= time.time()
    assert datetime.now.__name__ == "now"
    assert datetime.now.__self__ is datetime


def test_a_host_has_a_zone():
    def program():
        moment = time.time()
        return [
            datetime.now().hour,
            time.localtime().tm_hour,
            time.localtime(moment + 180 * 86_400).tm_hour,
            time.strftime("%H %Z"),
            time.ctime()[11:13],
            time.asctime()[11:13],
            time.gmtime().tm_hour,
            (time.timezone, time.tzname),
            datetime.now().astimezone().isoformat()[-6:],
            datetime(2026, 7, 1).timestamp(),
            logging.Formatter("%(asctime)s").format(logging.makeLogRecord({}))[11:13],
            os.environ["TZ"],
        ]

    outer = os.environ.get("TZ"), time.tzname
    seen = run(program, "Europe/Berlin", at_ns=12 * 3600 * 1_000_000_000)
    assert seen == [
        *(13, 13, 14, "13 CET", "13", "13", 12),
        (-3600, ("CET", "CEST")),
        "+01:00",
        datetime(2026, 6, 30, 22, tzinfo=module.UTC).timestamp(),
        "13",
        "Europe/Berlin",
    ]
    assert (os.environ.get("TZ"), time.tzname) == outer


def test_a_program_sets_its_own_zone():
    def program():
        os.environ["TZ"] = "EST+05"
        time.tzset()
        west = time.localtime().tm_hour
        del os.environ["TZ"]
        time.tzset()
        return west, time.localtime().tm_hour

    assert run(program, at_ns=12 * 3600 * 1_000_000_000) == (7, 12)


def test_each_host_is_in_its_own():
    hours = {}

    def program(argv):
        for _ in range(3):
            hours.setdefault(argv[0], set()).add((time.localtime().tm_hour, datetime.now().hour))
            time.sleep(1)

    with LinkNetwork("pc", "server") as network:
        for host, zone in zip(network.hosts.values(), ("America/New_York", "Asia/Tokyo"), strict=True):
            host.zone = zone
            host.spawn(["program", host.name], program)
        assert network.run().succeeded
    assert hours == {"pc": {(19, 19)}, "server": {(9, 9)}}


def test_the_simulated_world_begins_when_the_scenario_says(tmp_path):
    lan = Lan(epoch="2030-02-03T04:05:06+01:00", folder=tmp_path)
    lan.host("pc", address="192.168.1.10/24", timezone="Asia/Tokyo", clock_offset="1 s")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    asked = [lan.program(host, lambda: datetime.now().isoformat(" ", "seconds")) for host in ("pc", "server")]
    lan.program("pc", "ping -c 1 server", at="10 ms")
    run = lan.run()
    assert [job.result() for job in asked] == ["2030-02-03 12:05:07", "2030-02-03 03:05:06"]
    assert all(0 < packet.ns < 20_000_000 for packet in run.capture("pc"))
    written = struct.pack("<I", (1_896_318_306 * 10**9) >> 32)  # of the time of each packet, the upper half
    assert written in (tmp_path / "pc.pcapng").read_bytes()


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"epoch": "yesterday"}, 'epoch: "yesterday" is not a date and time in whole seconds with its zone'),
        ({"epoch": "2026-01-01T00:00:00"}, "with its zone"),
        ({"epoch": "2026-01-01T00:00:00.5Z"}, "whole seconds"),
        ({"epoch": "2300-01-01T00:00:00Z"}, "epoch: is not between 1970 and 2200"),
    ],
)
def test_an_epoch_that_cannot_be(keys, sentence):
    lan = Lan(**keys)
    lan.host("pc", address="192.168.1.10/24")
    lan.link()
    with pytest.raises(ScenarioError, match=re.escape(sentence)):
        lan.run()


def test_a_zone_that_cannot_be():
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24", timezone="Atlantis")
    lan.link()
    with pytest.raises(ScenarioError, match='"Atlantis" is not in the time zone database'):
        lan.run()


def test_sqlite_stamps_with_the_hosts_clock():
    def program():
        with contextlib.closing(sqlite3.connect(":memory:")) as base:
            base.execute("CREATE TABLE notes (made TEXT DEFAULT CURRENT_TIMESTAMP, text TEXT)")
            base.execute("INSERT INTO notes (text) VALUES ('one')")
            time.sleep(60)
            question = (
                "SELECT datetime('now'), strftime('%s', 'now'), datetime('now', 'localtime'), made FROM notes"
            )
            return base.execute(question).fetchone()

    assert run(program, "Asia/Tokyo") == (
        "2026-01-01 00:01:00",
        str(int(datetime(2026, 1, 1, 0, 1, tzinfo=module.UTC).timestamp())),
        "2026-01-01 09:01:00",
        "2026-01-01 00:00:00",
    )
    (outside,) = sqlite3.connect(":memory:").execute("SELECT strftime('%s', 'now')").fetchone()
    assert abs(int(outside) - time.time()) < 5


LATE = """
import sys
from datetime import datetime
from sim.python import install
install()
class Late:
    def __del__(self, kind=datetime, write=sys.__stdout__.write):
        write(f"it is {kind.now().year > 2000}\\n")
sys.late = Late()
"""


def test_the_date_is_real_to_the_last_when_the_interpreter_ends():
    command = [sys.executable, "-c", LATE]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.stdout, ended.stderr) == ("it is True\n", "")
