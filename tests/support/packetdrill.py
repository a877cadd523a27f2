"""TCP tests in packetdrill's language: what a program calls, what a peer sends, what must be sent to it.

A script is run against one stack in virtual time. Its lines are calls, segments to the stack (`<`) and
segments that the stack must send (`>`), each with a time:

    0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
    +0  listen(3, 1) = 0
    +0  < S 0:0(0) win 32792 <mss 1460>
    +0  > S. 0:0(0) ack 1 <mss 1460>
    +.1 < . 1:1(0) ack 1 win 257

Sequence numbers count from the initial one of each side. `...` is any value, `+` a time after the line
before, `~` a range of times, `*` any time. Of options only what is written must be there; of a time stamp any
value. Calls return at once: what would block fails with EAGAIN, as on a socket with O_NONBLOCK. Shell
commands, and Python between `%{` and `}%`, are left out.
"""

import errno
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scapy.layers.inet import TCP
from virtual_link import Host, Link, Stranger

from stack.parameters import Parameters

if TYPE_CHECKING:
    from stack.sockets import Socket

SECOND = 1_000_000_000
TOLERANCE_NS = 4_000_000
"""Of the time of a segment, as packetdrill's default."""
PORT, PEER_PORT = 8080, 40_000
ARP_LIFETIME_NS = 100_000 * SECOND
"""The peer never answers ARP."""

_LINE = re.compile(r"(?P<time>[+*]?[\d.]*(?:~\+?[\d.]*)?)(?:\.\.\.[\d.]+)?\s+(?P<what>.+)")
_SEGMENT = re.compile(
    r"(?P<way>[<>])\s+(?P<flags>[SFRPUEWC.]+)\s*(?:(?P<seq>\d+):\d+\((?P<length>\d+)\))?\s*(?:ack\s+(?P<ack>\d+))?"
    r"\s*(?:win\s+(?P<win>\d+))?\s*(?:<(?P<options>[^>]*)>)?"
)
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s*=\s*(?P<result>-?\w+)(?:\s+(?P<error>E[A-Z]+))?.*")
_FLAGS = {"S": "S", "F": "F", "R": "R", "P": "P", ".": "A", "U": "U", "E": "E", "W": "C"}


class ScriptError(AssertionError):
    """The stack does not do what the script says; `str` begins with the line's number."""


@dataclass(frozen=True)
class Line:
    """`earliest` and `latest` are from the start, in ns; None if any time will do."""

    number: int
    earliest: int | None
    latest: int | None
    what: str


def lines(text: str) -> Iterator[Line]:
    """The lines of a script, without what is no call and no segment."""
    text = re.sub(
        r"/\*.*?\*/|%\{.*?\}%|`[^`]*`", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL
    )
    now = 0
    for number, line in enumerate(text.splitlines(), start=1):
        found = _LINE.fullmatch(re.sub(r"//.*", "", line).strip())
        if found is None:
            continue
        first, _, last = found["time"].partition("~")
        if first == "*":
            yield Line(number, None, None, found["what"])
            continue
        earliest = _ns(first, now)
        yield Line(number, earliest, _ns(last, now) if last else earliest, found["what"])
        now = earliest


def _ns(time: str, after: int) -> int:
    ns = round(float(time.lstrip("+") or 0) * SECOND)
    return after + ns if time.startswith("+") else ns


class Script:
    """A run of one script against a stack with `parameters`."""

    def __init__(self, text: str, parameters: Parameters = Parameters(arp_lifetime=ARP_LIFETIME_NS)) -> None:  # noqa: B008
        self._host = Host("host", 1, parameters)
        self._link = Link([self._host])
        self._peer = Stranger(self._link, self._host, PORT, PEER_PORT)
        self._start = self._link.now
        self._sockets: dict[int, Socket] = {}
        self._base = 0
        """The initial sequence number of the stack, once it has sent a SYN."""
        self._seen = len(self._link.taken)
        self._lines = list(lines(text))

    def run(self) -> None:
        """Raise ScriptError at the first line that is not so."""
        for line in self._lines:
            try:
                if found := _SEGMENT.fullmatch(line.what):
                    (self._expect if found["way"] == ">" else self._inject)(line, found)
                elif found := _CALL.fullmatch(line.what):
                    self._run_to(line.earliest)
                    self._call(found)
                else:
                    raise ScriptError("is not understood")
            except ScriptError as error:
                raise ScriptError(f"line {line.number}: {line.what}: {error}") from None

    def _run_to(self, ns: int | None) -> None:
        if ns is not None:
            self._link.run(max(self._start + ns - self._link.now, 0))

    # -- segments ------------------------------------------------------------------------------------

    def _inject(self, line: Line, segment: re.Match[str]) -> None:
        self._run_to(line.earliest)
        flags = "".join(_FLAGS[letter] for letter in segment["flags"])
        self._peer.say(
            flags,
            seq=int(segment["seq"] or 0),
            ack=self._base + int(segment["ack"] or 0),
            data=bytes(int(segment["length"] or 0)),
            window=int(segment["win"] or 0),
            options=_options(segment["options"] or ""),
        )

    def _expect(self, line: Line, segment: re.Match[str]) -> None:
        if line.latest is not None:
            self._run_to(line.latest)
        at, sent = self._next(line)
        if "S" in segment["flags"]:
            self._base = int(sent.seq)
        flags = "".join(_FLAGS[letter] for letter in segment["flags"])
        wanted: dict[str, object] = {"flags": "".join(sorted(flags))}
        shown: dict[str, object] = {"flags": "".join(sorted(str(sent.flags)))}
        for name, value in (
            ("seq", (sent.seq - self._base) % 2**32),
            ("length", len(sent.payload)),
            ("ack", sent.ack),
            ("win", sent.window),
        ):
            if segment[name] is not None:
                wanted[name], shown[name] = int(segment[name]), value
        if wanted != shown:
            raise ScriptError(f"was {shown}")
        options = dict(sent.options)
        for name, value in _options(segment["options"] or ""):
            if name not in options or (name not in ("NOP", "Timestamp") and value != options[name]):
                raise ScriptError(f"has the options {sent.options}")
        if line.earliest is None or line.latest is None:
            return
        if not line.earliest - TOLERANCE_NS <= at <= line.latest + TOLERANCE_NS:
            raise ScriptError(f"was sent at {at / SECOND} s")

    def _next(self, line: Line) -> tuple[int, TCP]:
        """The next segment that the stack sends, and when."""
        patience = TOLERANCE_NS if line.latest is not None else 100 * SECOND
        deadline = self._link.now + patience
        while True:
            for at, sender, frame in self._link.taken[self._seen :]:
                self._seen += 1
                if sender is self._host and (read := self._peer.read([frame])):
                    return at - self._start, read[0]
            if self._link.now >= deadline:
                raise ScriptError("nothing was sent")
            self._link.run(min(TOLERANCE_NS, deadline - self._link.now))

    # -- calls ---------------------------------------------------------------------------------------

    def _call(self, call: re.Match[str]) -> None:
        arguments = [one.strip() for one in re.split(r",(?![^\[{(]*[\]})])", call["arguments"])]
        wanted = call["error"] or call["result"]
        try:
            result: Any = self._do(call["name"], arguments, call["result"])
        except OSError as error:
            assert error.errno is not None
            result = errno.errorcode[error.errno]
        if wanted != "ANY" and str(result) != wanted:
            raise ScriptError(f"gave {result}")

    def _do(self, name: str, arguments: list[str], result: str) -> int:
        now = self._link.now
        if name == "socket":
            kind = getattr(socket, arguments[1])
            self._sockets[int(result)] = self._host.stack.socket(socket.AF_INET, kind)
            return int(result)
        one = self._sockets[int(arguments[0])]
        match name:
            case "bind":
                one.bind(("", PORT), now)
            case "listen":
                one.listen(int(arguments[1]), now)
            case "connect":
                one.bind(("", PORT), now)
                one.connect((self._peer.address, PEER_PORT), now)
                raise BlockingIOError(errno.EINPROGRESS, "")
            case "accept":
                self._sockets[int(result) if result.isdigit() else -1] = one.accept(now)[0]
                return int(result)
            case "write" | "send" | "sendto":
                return one.send(bytes(int(arguments[2])), now)
            case "read" | "recv" | "recvfrom":
                return len(one.recv(int(arguments[2]), now))
            case "shutdown":
                one.shutdown(getattr(socket, arguments[1]), now)
            case "close":
                one.close(now)
            case "setsockopt":
                level, option = (getattr(socket, word, None) for word in arguments[1:3])
                level = {"SOL_TCP": socket.IPPROTO_TCP, "SOL_IP": socket.IPPROTO_IP}.get(arguments[1], level)
                one.setsockopt(level, option, int(arguments[3].strip("[]")), now)
            case "getsockopt":
                value = one.getsockopt(getattr(socket, arguments[1]), getattr(socket, arguments[2]), now)
                if str(value) != arguments[3].strip("[]"):
                    raise ScriptError(f"gave {value!r}")
            case "fcntl":
                return int(result, 0)
            case _:
                raise ScriptError(f"there is no call {name}")
        return 0


def _options(text: str) -> list[tuple[str, Any]]:
    """`mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7` as scapy writes it."""
    found: list[tuple[str, Any]] = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        word, _, rest = one.partition(" ")
        numbers = [int(number) for number in re.findall(r"\d+", rest)]
        match word:
            case "mss":
                found.append(("MSS", numbers[0]))
            case "wscale":
                found.append(("WScale", numbers[0]))
            case "sackOK":
                found.append(("SAckOK", b""))
            case "nop":
                found.append(("NOP", None))
            case "TS":
                found.append(("Timestamp", (numbers[0], numbers[1])))
            case "sack":
                found.append(("SAck", tuple(numbers)))
            case _:
                raise ScriptError(f"there is no option {word}")
    return found
