"""The server's side of POP3 (RFC 1939), one connection a thread.

A session logs in, sees the mailbox as it is then and marks messages as deleted; only `QUIT` deletes them. The
mailbox is locked while it lasts. Optional commands: TOP, UIDL, USER with PASS.
"""

import hashlib
import socketserver
from collections.abc import Callable, Iterator

from sim.apps.mailboxes import Mailboxes

Lines = Iterator[bytes]
"""An answer, line by line, without CR LF; the first one begins with +OK or -ERR."""


class Pop3Error(Exception):
    """The answer is -ERR with this text."""


class Pop3Server(socketserver.ThreadingTCPServer):
    """Lets users read `mailboxes`. `password` opens each of them."""

    def __init__(self, port: int, mailboxes: Mailboxes, password: str) -> None:
        super().__init__(("", port), _Session)
        self.mailboxes = mailboxes
        self.password = password


class _Session(socketserver.StreamRequestHandler):
    server: Pop3Server

    def handle(self) -> None:
        """Answer until QUIT, or until the client has gone: then nothing is deleted (section 6)."""
        self._user = ""
        self._messages: list[bytes] | None = None
        """The mailbox; None in the AUTHORIZATION state."""
        self._deleted: set[int] = set()
        self._over = False
        try:
            self._answer(iter([b"+OK POP3 server ready"]))
            while not self._over and (line := self.rfile.readline(512)):
                keyword, _, argument = line.decode("ascii", "replace").strip().partition(" ")
                try:
                    self._answer(self._command(keyword.upper())(argument))
                except Pop3Error as error:
                    self._answer(iter([f"-ERR {error}".encode()]))
        except ConnectionError:
            pass
        finally:
            if self._messages is not None:
                self.server.mailboxes.close(self._user, self._deleted if self._over else set())

    def _command(self, keyword: str) -> Callable[[str], Lines]:
        always = {"QUIT": self._quit}
        authorization = {"USER": self._log_in, "PASS": self._password}
        transaction = {
            "STAT": self._stat,
            "LIST": self._list,
            "UIDL": self._uidl,
            "RETR": self._retr,
            "TOP": self._top,
            "DELE": self._dele,
            "NOOP": self._noop,
            "RSET": self._rset,
        }
        state = authorization if self._messages is None else transaction
        command = (always | state).get(keyword)
        if command is None:
            known = keyword in authorization | transaction
            raise Pop3Error(f"{keyword} not now" if known else "unknown command")
        return command

    def _answer(self, lines: Lines) -> None:
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    # -- AUTHORIZATION (section 4) -----------------------------------------------------------------

    def _log_in(self, user: str) -> Lines:
        self._user = user.lower()
        yield b"+OK password?"

    def _password(self, password: str) -> Lines:
        boxes = self.server.mailboxes
        if not boxes.has(self._user) or password != self.server.password:
            raise Pop3Error("wrong user or password")
        self._messages = boxes.open(self._user)
        if self._messages is None:
            raise Pop3Error("the mailbox is locked by another session")
        yield f"+OK {len(self._messages)} messages".encode()

    def _quit(self, _: str) -> Lines:
        self._over = True
        yield b"+OK bye"

    # -- TRANSACTION (section 5) -------------------------------------------------------------------

    def _kept(self) -> dict[int, bytes]:
        """The messages by number, from 1, without the deleted ones."""
        assert self._messages is not None
        return {n + 1: text for n, text in enumerate(self._messages) if n not in self._deleted}

    def _one(self, argument: str) -> tuple[int, bytes]:
        number = int(argument) if argument.isdecimal() else 0
        message = self._kept().get(number)
        if message is None:
            raise Pop3Error("no such message")
        return number, message

    def _stat(self, _: str) -> Lines:
        kept = self._kept().values()
        yield f"+OK {len(kept)} {sum(map(len, kept))}".encode()

    def _listing(self, argument: str, what: Callable[[bytes], object]) -> Lines:
        if argument:
            number, message = self._one(argument)
            yield f"+OK {number} {what(message)}".encode()
            return
        yield b"+OK"
        for number, message in self._kept().items():
            yield f"{number} {what(message)}".encode()
        yield b"."

    def _list(self, argument: str) -> Lines:
        return self._listing(argument, len)

    def _uidl(self, argument: str) -> Lines:
        return self._listing(argument, lambda message: hashlib.sha256(message).hexdigest()[:32])

    def _retr(self, argument: str) -> Lines:
        _, message = self._one(argument)
        yield f"+OK {len(message)} octets".encode()
        yield from _stuffed(message.removesuffix(b"\r\n").split(b"\r\n"))

    def _top(self, argument: str) -> Lines:
        first, _, count = argument.partition(" ")
        _, message = self._one(first)
        if not count.isdecimal():
            raise Pop3Error("how many lines?")
        head, _, body = message.partition(b"\r\n\r\n")
        yield b"+OK"
        yield from _stuffed([*head.split(b"\r\n"), b"", *body.split(b"\r\n")[: int(count)]])

    def _dele(self, argument: str) -> Lines:
        number, _ = self._one(argument)
        self._deleted.add(number - 1)
        yield f"+OK message {number} deleted".encode()

    def _noop(self, _: str) -> Lines:
        yield b"+OK"

    def _rset(self, _: str) -> Lines:
        self._deleted.clear()
        yield b"+OK"


def _stuffed(lines: list[bytes]) -> Lines:
    """A multi-line answer: a line that begins with the terminator gets one more (section 3)."""
    for line in lines:
        yield b"." + line if line.startswith(b".") else line
    yield b"."
