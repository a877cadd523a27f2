"""The sockets and connections of each host: what the tables `sockets`, `tcp` and `buffers` choose from.

A socket without a connection is known by its descriptor, a connection by its two ends; when a socket gets a
connection (connect, accept) its row becomes the connection's, and after close() the connection's row has
no descriptor.
"""

from journal.event import Event, FieldValue
from journal.kind import Fields
from sim.os.events import SwitchedOff
from sim.record.tables.table import Key, Table
from stack import events
from stack.tcp import events as tcp

_SOCKET, _ACCEPT = "socket", "accept"
"""Calls of programs (`sim.python.events`), by name: their package takes half a second to import."""
_CLOSED = "CLOSED"
_OF_THE_PROGRAM = ("pid", "program")


class Connections(Table):
    """Keeps the rows; a subclass shows some of them, and some of their columns."""

    layers = frozenset({"socket", "tcp", "host"})

    def take(self, event: Event) -> None:
        """Take a call, or what the stack says of a socket or a connection."""
        if event.layer == "socket":
            self._of_socket(event)
        elif event.layer == "host":
            if event.kind == SwitchedOff.kind:
                self.drop_place(event.where)
        elif event.kind == tcp.Variables.kind:
            self._variables(event.where, event.ps, dict(event.fields))
        elif (state := tcp.State.of(event)) is not None and state.remote is not None:
            key = event.where, state.local, state.remote
            if key not in self.rows and state.new != _CLOSED:
                self.put(key, proto="tcp", local=state.local, remote=state.remote, fd=None)
                self._hold(key, state.fd)
            if key in self.rows:
                self.put(key, state=state.new)

    def _of_socket(self, event: Event) -> None:
        place, fields = event.where, event.fields
        if event.kind == events.SocketChanged.kind:
            self._changed_socket(place, dict(fields))
        elif event.kind == events.SocketClosed.kind:
            key = self._holding(place, fields["fd"])
            if key is not None and len(key) == 3 and self.rows[key].get("state") != _CLOSED:
                self.put(key, fd=None, pid=None, program=None, released=True)
        elif event.kind == events.SocketRemoved.kind:
            if "local" in fields:
                self.drop((place, str(fields["local"]), str(fields["remote"])))
            elif (key := self._holding(place, fields["fd"])) is not None:
                self.drop(key)
        elif event.kind == _SOCKET:
            self._of_program(place, fields["fd"], fields)
        elif event.kind == _ACCEPT and "new" in fields:
            self._of_program(place, fields["new"], fields)

    def _changed_socket(self, place: str, fields: dict[str, FieldValue]) -> None:
        """A socket without a connection; it may have had one, which has failed."""
        fd = fields["fd"]
        own = (place, str(fd))
        key = self._holding(place, fd)
        if key is not None and key != own:
            before = self.drop(key)
            self.put(own, **{name: before.get(name) for name in _OF_THE_PROGRAM})
        self.put(own, **fields)

    def _variables(self, place: str, ps: int, fields: dict[str, FieldValue]) -> None:
        key = place, str(fields["local"]), str(fields["remote"])
        row = self.rows.get(key)
        if row is None:
            return
        fd = fields.pop("fd")
        if "expires_in" in fields:
            left = fields.pop("expires_in")
            fields["expires"] = ps + 1000 * left if isinstance(left, int) else None
        self.put(key, **fields)
        if fd is not None and row["fd"] != fd and not row.get("released"):
            self._hold(key, fd)

    def _hold(self, key: Key, fd: object) -> None:
        """A program holds the connection by this descriptor now: whatever has stood for that gives way."""
        if not isinstance(fd, int):
            return
        before = self._holding(key[0], fd)
        known = {} if before is None or before == key else self.drop(before)
        self.put(key, fd=fd, **{name: known.get(name) for name in _OF_THE_PROGRAM})

    def _of_program(self, place: str, fd: object, fields: Fields) -> None:
        key = self._holding(place, fd)
        if key is not None:
            self.put(key, pid=fields["pid"], program=fields["program"])

    def _holding(self, place: str, fd: object) -> Key | None:
        """The row of a descriptor."""
        own = (place, str(fd))
        if own in self.rows:
            return own
        return next((key for key, row in self.rows.items() if key[0] == place and row["fd"] == fd), None)
