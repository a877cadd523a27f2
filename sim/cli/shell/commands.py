"""The lines that a shell understands: what a line means, and how it can be completed.

`pc$ ping server` runs a program on a host, as its user would; `pc# unplug` does something to the host, as a
person beside it would. Without a host a line is for the shell itself or, when it knows no such word, for the
host in use. A prompt before a line, as it is when lines are pasted, changes nothing.
"""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sim.apps.registry import PROGRAMS
from sim.scenario.faults import FaultKind

SHELL_WORDS = {
    "use HOST": "the host on which the next lines run",
    "hosts": "the hosts and their addresses",
    "tables": "of each switch: stations, and duplex mode and counters of its ports",
    "step TIME": "let simulated time pass: step 1ms",
    "run": "let time pass until every program has ended",
    "time": "the simulated time",
    "timeline on|off": "print the events of every layer",
    "help": "this list",
    "exit": "end the run and keep its recordings",
}
HOST_WORDS = {
    "PROGRAM ...": "run a program and wait for its end; with & after it, in the background",
    "ps": "its running programs",
    "kill PID": "end one of them",
}
HAND_WORDS: dict[FaultKind, str] = {
    "unplug": "pull its cable out; of a host with several: unplug eth1",
    "plug": "put it back",
    "power off": "switch it off: its programs end, no connection is closed",
    "power on": "switch it on again",
}

_LINE = re.compile(r"\s*(?:(?P<host>[^\s$#]+)\s*(?P<sign>[$#])\s*)?(?P<rest>.*?)\s*")


class ShellError(Exception):
    """A line that means nothing here; `str` is a sentence for the reader."""


class Line(NamedTuple):
    """A line taken apart. `sign` is `$`, `#`, or nothing for the shell's own words."""

    host: str
    sign: str
    words: str


def parse(text: str, in_use: str, hosts: Collection[str]) -> Line | None:
    """Take `text` apart; None if there is nothing in it. ShellError when it names no host."""
    found = _LINE.fullmatch(text)
    if found is None or text.lstrip().startswith("#"):  # a comment of a script
        return None
    while (inner := _LINE.fullmatch(found["rest"])) and inner["host"] in hosts:  # pasted with its prompt
        found = inner
    host, sign, rest = found["host"], found["sign"], found["rest"]
    if sign is not None and host not in hosts:
        raise ShellError(f'there is no host "{host}"; hosts: {", ".join(hosts)}')
    if sign != "#" and rest.split()[:1] and rest.split()[0] in _first_words(SHELL_WORDS):
        return Line(in_use, "", rest)
    if sign is None:
        return Line(in_use, "$", rest) if rest else None
    return Line(host, sign, rest)


def completions(text: str, hosts: list[str]) -> list[str]:
    """What the last word of `text`, up to the cursor, can be completed to."""
    found = _LINE.fullmatch(text)
    assert found is not None
    *before, last = text[found.start("rest") :].split(" ")
    if found["sign"] == "#":
        acts = [act.split() for act in HAND_WORDS]
        known = [act[len(before)] for act in acts if act[: len(before)] == before and len(act) > len(before)]
    elif before:
        known = ["on", "off"] if before == ["timeline"] else hosts
    else:
        known = [*PROGRAMS, *_first_words(HOST_WORDS)[1:]]
        if found["sign"] is None:
            known += [*_first_words(SHELL_WORDS), *(f"{host}{sign}" for host in hosts for sign in "$#")]
    return sorted({word for word in known if word.startswith(last)})


def help_lines(host: str) -> list[str]:
    """What `help` prints, with `host` as the example."""
    return [
        *_table("", SHELL_WORDS),
        *_table(f"{host}$ ", HOST_WORDS),
        *_table(f"{host}# ", HAND_WORDS),
        f"programs: {', '.join(PROGRAMS)}",
    ]


def _table(prompt: str, words: Mapping[str, str] | Mapping[FaultKind, str]) -> list[str]:
    return [f"{prompt + usage:<18}{meaning}" for usage, meaning in words.items()]


def _first_words(table: dict[str, str]) -> list[str]:
    return [usage.split()[0] for usage in table]
