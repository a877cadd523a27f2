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
value. A call returns at once: what would block fails with EAGAIN, as on a socket with O_NONBLOCK. One with
two times, `+0...0.2`, begins at the first and returns at the second. A router reports with

    +0 < [1:1001(1000)] icmp unreachable frag_needed mtu 600

about a segment of the stack, or without brackets about the last one. Between `%{` and `}%` stands Python, for
example `%{ assert tcpi_snd_cwnd == 10 }%`: the fields of TCP_INFO of the connection that was made last, and
Linux's names of their values. Shell commands are left out.
"""

import errno
import re
import socket
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from virtual_link import Host, Link, Stranger

from stack.parameters import Parameters
from stack.tcp_info import SACK, TIMESTAMPS, WINDOW_SCALE

if TYPE_CHECKING:
    from stack.sockets import Socket

SECOND = 1_000_000_000
TOLERANCE_NS = 4_000_000
"""Of the time of a segment, as packetdrill's default."""
PORT, PEER_PORT = 8080, 40_000
ARP_LIFETIME_NS = 100_000 * SECOND
"""The peer never answers ARP."""

_LINE = re.compile(
    r"(?P<time>[+*]?\d*\.?\d*(?:~\+?\d*\.?\d*)?)(?:\.\.\.(?P<end>\+?\d*\.?\d+))?\s+(?P<what>.+)", re.DOTALL
)
_CODE = re.compile(r"%\{(?P<code>.*)\}%", re.DOTALL)
_ICMP = re.compile(
    r"<\s+(?:\[(?P<before>\d+):\d+\((?P<length_before>\d+)\)\]\s*)?icmp\s+(?P<type>\w+)\s+(?P<code>\w+)(?:\s+mtu\s+(?P<mtu>\d+))?"
    r"\s*(?:\[(?P<after>\d+):\d+\((?P<length_after>\d+)\)\])?"
)
_TYPES = {"unreachable": 3, "time_exceeded": 11}
_CODES = (
    *("net_unreachable", "host_unreachable", "protocol_unreachable", "port_unreachable", "frag_needed"),
    *("source_route_failed", "net_unknown", "host_unknown", "source_host_isolated", "net_prohibited"),
    *("host_prohibited", "net_unreachable_for_tos", "host_unreachable_for_tos", "packet_filtered"),
    *("precedence_violation", "precedence_cutoff"),
)
_CONSTANTS = {
    **{"TCP_CA_Open": 0, "TCP_CA_Disorder": 1, "TCP_CA_CWR": 2, "TCP_CA_Recovery": 3, "TCP_CA_Loss": 4},
    **{"TCPI_OPT_TIMESTAMPS": TIMESTAMPS, "TCPI_OPT_SACK": SACK, "TCPI_OPT_WSCALE": WINDOW_SCALE},
    **{"TCP_ESTABLISHED": 1, "TCP_SYN_SENT": 2, "TCP_SYN_RECV": 3, "TCP_FIN_WAIT1": 4, "TCP_FIN_WAIT2": 5},
    **{"TCP_TIME_WAIT": 6, "TCP_CLOSE": 7, "TCP_CLOSE_WAIT": 8, "TCP_LAST_ACK": 9, "TCP_LISTEN": 10},
    **{"TCP_CLOSING": 11, "TCP_INFINITE_SSTHRESH": 0x7FFF_FFFF},
}
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
    """`earliest` and `latest` are from the start, in ns; None if any time will do.

    A call that blocks returns at `end`.
    """

    number: int
    earliest: int | None
    latest: int | None
    what: str
    end: int | None = None


def lines(text: str) -> Iterator[Line]:
    """The lines of a script. Python is one line, however long it is; comments and shell commands are none."""
    text = re.sub(r"/\*.*?\*/|`[^`]*`", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    now, number = 0, 1
    for line in re.findall(r"(?:%\{.*?\}%|[^\n])*\n?", text, flags=re.DOTALL):
        statement = line if "%{" in line else re.sub(r"//.*", "", line)
        found = _LINE.fullmatch(statement.strip())
        if found is not None:
            first, _, last = found["time"].partition("~")
            if first == "*":
                yield Line(number, None, None, found["what"])
            else:
                earliest = _ns(first, now)
                latest = _ns(last, now) if last else earliest
                end = found["end"]
                sign = "+" if first.startswith("+") else ""
                returns = None if end is None else _ns(sign + end.lstrip("+"), now)
                yield Line(number, earliest, latest, found["what"], returns)
                now = earliest
        number += line.count("\n")


def _ns(time: str, after: int) -> int:
    ns = round(float(time.lstrip("+") or 0) * SECOND)
    return after + ns if time.startswith("+") else ns


_BLOCKED = ("", "EAGAIN", "EINPROGRESS")


@dataclass
class _Blocked:
    """A call that has not returned yet, or did so `at` a time from the start (ns)."""

    line: Line
    call: tuple[str, list[str], str]
    wanted: str
    result: str = ""
    at: int = 0


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
        self._last: Socket | None = None
        """The connection that was made last."""
        self._blocked: _Blocked | None = None
        self._lines = list(lines(text))

    def run(self) -> None:
        """Raise ScriptError at the first line that is not so."""
        for line in self._lines:
            try:
                if found := _CODE.fullmatch(line.what):
                    self._run_to(line.earliest)
                    self._judge(found["code"])
                elif found := _ICMP.fullmatch(line.what):
                    self._report(line, found)
                elif found := _SEGMENT.fullmatch(line.what):
                    (self._expect if found["way"] == ">" else self._inject)(line, found)
                elif found := _CALL.fullmatch(line.what):
                    self._return_from_call()  # a program has one thread
                    self._run_to(line.earliest)
                    self._call(line, found)
                else:
                    raise ScriptError("is not understood")
            except ScriptError as error:
                raise ScriptError(f"line {line.number}: {line.what}: {error}") from None
        self._return_from_call()

    def _run_to(self, ns: int | None) -> None:
        if ns is None:
            return
        target = self._start + ns
        while self._blocked is not None and (instant := self._link.next_instant()) and instant <= target:
            self._link.step()
            self._look_at_blocked_call()
        self._link.run(max(target - self._link.now, 0))

    def _judge(self, code: str) -> None:
        """Python about TCP_INFO."""
        if self._last is None:
            raise ScriptError("there is no connection")
        info = self._last.row().info
        assert info is not None
        names: dict[str, Any] = {f"tcpi_{name}": value for name, value in info._asdict().items()}
        names |= {"tcpi_cwnd": info.snd_cwnd, "tcpi_ssthresh": info.snd_ssthresh}
        names |= {"tcpi_snd_wscale": info.wscale & 15, "tcpi_rcv_wscale": info.wscale >> 4, **_CONSTANTS}
        try:
            exec(textwrap.dedent(code).strip(), names)
        except AssertionError as error:
            used = {name: names[name] for name in re.findall(r"\btcpi_\w+", code)}
            raise ScriptError(f"is not so: {error} {used}") from None

    def _report(self, line: Line, icmp: re.Match[str]) -> None:
        """An ICMP error about a segment of the stack."""
        self._run_to(line.earliest)
        first, length = icmp["before"] or icmp["after"], icmp["length_before"] or icmp["length_after"]
        if first is None:
            sent = [frame for _, sender, frame in self._link.taken if sender is self._host]
            quoted = bytes(next(Ether(frame)[IP] for frame in reversed(sent) if TCP in Ether(frame)))[:28]
        else:
            segment = TCP(sport=PORT, dport=PEER_PORT, seq=(self._base + int(first)) % 2**32)
            packet = IP(src=self._host.address, dst=self._peer.address) / segment / Raw(bytes(int(length)))
            quoted = bytes(packet)[:28]
        code = int(icmp["code"]) if icmp["code"].isdigit() else _CODES.index(icmp["code"])
        message = ICMP(type=_TYPES[icmp["type"]], code=code, nexthopmtu=int(icmp["mtu"] or 0))
        self._link.inject(self._host, bytes(self._peer.below / message / Raw(quoted)))
        self._look_at_blocked_call()

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
            options=[
                (name, tuple(self._base + edge for edge in value) if name == "SAck" else value)
                for name, value in _options(segment["options"] or "")
            ],
        )
        self._look_at_blocked_call()

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

    def _call(self, line: Line, call: re.Match[str]) -> None:
        arguments = [one.strip() for one in re.split(r",(?![^\[{(]*[\]})])", call["arguments"])]
        wanted = call["error"] or call["result"]
        if wanted.startswith("0x"):
            wanted = str(int(wanted, 16))
        if line.end is not None:
            again = "is_connected" if call["name"] == "connect" else call["name"]
            self._blocked = _Blocked(line, (again, arguments, call["result"]), wanted)
            if call["name"] == "connect":
                self._attempt("connect", arguments, "")
            self._look_at_blocked_call()
            return
        result = self._attempt(call["name"], arguments, call["result"])
        if wanted != "ANY" and result != wanted:
            raise ScriptError(f"gave {result}")

    def _attempt(self, name: str, arguments: list[str], wanted: str) -> str:
        try:
            return str(self._do(name, arguments, wanted))
        except OSError as error:
            assert error.errno is not None
            return errno.errorcode[error.errno]

    def _look_at_blocked_call(self) -> None:
        """Whether the call that blocks can return now."""
        blocked = self._blocked
        if blocked is not None and blocked.result in _BLOCKED:
            blocked.result, blocked.at = self._attempt(*blocked.call), self._link.now - self._start

    def _return_from_call(self) -> None:
        """The call that blocks must have returned when and what its line says."""
        blocked, end = self._blocked, self._blocked and self._blocked.line.end
        if blocked is None or end is None:
            return
        self._run_to(end + TOLERANCE_NS)
        self._blocked = None
        sentence = f"line {blocked.line.number}: {blocked.line.what}: "
        if blocked.result != blocked.wanted:
            raise ScriptError(f"{sentence}gave {blocked.result}")
        if abs(blocked.at - end) > TOLERANCE_NS:
            raise ScriptError(f"{sentence}returned at {blocked.at / SECOND} s")

    def _do(self, name: str, arguments: list[str], result: str) -> int:
        now = self._link.now
        if name == "socket":
            kind = getattr(socket, arguments[1].split("|")[0])
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
                self._last = one
                one.connect((self._peer.address, PEER_PORT), now)
                raise BlockingIOError(errno.EINPROGRESS, "")
            case "is_connected":
                if not one.writable():
                    raise BlockingIOError(errno.EINPROGRESS, "")
                if error := one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR, now):
                    raise OSError(error, "")
            case "accept":
                self._last = self._sockets[int(result) if result.isdigit() else -1] = one.accept(now)[0]
                return int(result)
            case "write" | "send" | "sendto":
                return one.send(bytes(int(arguments[2])), now, urgent="MSG_OOB" in arguments)
            case "read" | "recv" | "recvfrom":
                return len(one.recv(int(arguments[2]), now, peek="MSG_PEEK" in arguments))
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
            case "nop" | "eol":
                found.append((word.upper(), None))
            case "...":
                pass
            case "TS":
                found.append(("Timestamp", (numbers[0], numbers[1])))
            case "sack":
                found.append(("SAck", tuple(numbers)))
            case _:
                raise ScriptError(f"there is no option {word}")
    return found
