"""What a simulated computer reports: its programs, and its power."""

from journal.kind import EventKind, Fields


class _Program(EventKind, layer="program"):
    """A process."""

    program: str
    pid: int


class Started(_Program, kind="started"):
    """starts: {run}"""

    run: str


class Ended(_Program, kind="ended"):
    """{program} ends"""

    status: int = 0
    reason: str = ""
    signal: str = ""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """By a signal, with a status, or neither: without power."""
        if "signal" in fields:
            return "{program} is ended by {signal}"
        return "{program} ends with status {status}" if "status" in fields else super().template(fields)


class Output(_Program, kind="output"):
    """{program}: {text}"""

    stream: str
    text: str


class Measured(_Program, kind="measured", quiet=True):
    """{program} measures {name}: {value} {unit}"""

    name: str
    value: float
    unit: str


class SwitchedOff(EventKind, layer="host", kind="switched off", outside=True):
    """is switched off: its programs and connections are gone"""


class SwitchedOn(EventKind, layer="host", kind="switched on", outside=True):
    """is switched on"""
