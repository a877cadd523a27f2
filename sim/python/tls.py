"""TLS on simulated sockets: `ssl.SSLSocket` as it is, over OpenSSL that reads and writes memory.

The class asks its context for the C object that does the work; here it gets a `_Channel` with the same face,
which carries records between OpenSSL's two memory BIOs and the socket, and waits as the socket does. As
OpenSSL does with a real descriptor, it reads one record at a time: what follows stays in the socket, where
select() finds it, and what follows the end of TLS is the program's.

Certificates are judged by the host's calendar, also in asyncio: OpenSSL is given the time for each connection
(X509_VERIFY_PARAM_set_time(3)), which Python's module offers no call for.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import _ssl
import ctypes
import socket
import ssl
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar

from sim.os.process import current
from sim.python.dispatch import nanoseconds
from sim.python.simsocket import SimSocket
from sim.python.socket_calls import CallingSocket, calling_thread

T = TypeVar("T")

_HEADER = 5
"""Octets before each record; the last two are its length (RFC 8446 section 5.1)."""
_LARGEST_RECORD = 1 << 14
_NS_PER_S = 1_000_000_000
_CONTEXT: Any = _ssl._SSLContext


class _Channel:
    """What `_ssl._SSLSocket` is to a real socket."""

    def __init__(
        self, sock: SimSocket, engine: Any, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
    ) -> None:
        self._socket = weakref.ref(sock)  # which holds this: it closes when the program drops it
        self._engine = engine
        self._incoming, self._outgoing = incoming, outgoing
        self._unsent = b""
        """Records that the socket has not taken yet."""
        self._taken: int | None = None
        """What write() has encrypted and not sent whole: it is called again with the same (SSL_write(3)).

        Meanwhile another thread may read, and leaves the sending to it."""
        self._header = b""
        self._body = 0
        """Octets that are missing of the record that is coming in."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    @property
    def context(self) -> Any:
        """The context in use; the callback for server names may exchange it."""
        return self._engine.context

    @context.setter
    def context(self, context: Any) -> None:
        self._engine.context = context

    @property
    def session(self) -> Any:
        """What can be given to a later connection."""
        return self._engine.session

    @session.setter
    def session(self, session: Any) -> None:
        self._engine.session = session

    # -- the calls of ssl.SSLSocket ----------------------------------------------------------------

    def do_handshake(self) -> None:
        """Agree upon keys with the peer."""
        self._run("handshake", self._engine.do_handshake)

    def read(self, size: int, buffer: Any = None) -> Any:
        """Up to `size` octets, or how many are in `buffer` now."""
        into = () if buffer is None else (buffer,)
        return self._run("read", lambda: self._engine.read(size, *into))

    def write(self, data: Any) -> int:
        """Send at most one record; how much of `data` that is."""
        with memoryview(data) as view, view.cast("B") as octets, octets[:_LARGEST_RECORD] as piece:
            taken = self._run("write", lambda: self._encrypt(piece))
            self._taken = None
            return taken

    def _encrypt(self, piece: memoryview) -> int:
        if self._taken is None:
            self._taken = int(self._engine.write(piece))
        return self._taken

    def shutdown(self) -> Any:
        """End TLS: the socket below."""
        self._run("read", self._engine.shutdown)
        return self._socket()

    # -- between OpenSSL and the socket ------------------------------------------------------------

    def _run(self, what: str, operation: Callable[[], T]) -> T:
        """Do what OpenSSL is asked for, with as much input as it wants."""
        sock = self._sock
        timeout = sock.gettimeout()
        deadline = None if timeout is None else calling_thread().clock.now + nanoseconds(timeout)
        self._flush(what, deadline)
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                self._flush(what, deadline)
                self._fill(what, deadline)
            except ssl.SSLWantWriteError:
                raise
            except ssl.SSLError:
                self._send_alert()
                raise
            else:
                self._flush(what, deadline)
                return result

    @property
    def _sock(self) -> SimSocket:
        sock = self._socket()
        if sock is None:
            raise ssl.SSLError("Underlying socket connection gone")
        return sock

    def _fill(self, what: str, deadline: int | None) -> None:
        """Some octets of the record that OpenSSL waits for, or the end of the stream."""
        sock = self._sock
        size = self._body or _HEADER - len(self._header)
        data = self._when_ready(
            what,
            sock._descriptor.readers,
            deadline,
            lambda: SimSocket.recv(sock, size, socket.MSG_DONTWAIT),
            ssl.SSLWantReadError(ssl.SSL_ERROR_WANT_READ, "The operation did not complete (read)"),
        )
        if not data:
            self._incoming.write_eof()
            return
        self._incoming.write(data)
        if self._body:
            self._body -= len(data)
            return
        self._header += data
        if len(self._header) == _HEADER:
            self._body = int.from_bytes(self._header[3:], "big")
            self._header = b""

    def _flush(self, what: str, deadline: int | None) -> None:
        """Send what OpenSSL has made; who reads leaves that to a write that is under way."""
        self._unsent += self._outgoing.read()
        while self._unsent and (what == "write" or self._taken is None):
            self._when_ready(
                what,
                self._sock._descriptor.writers,
                deadline,
                self._send,
                ssl.SSLWantWriteError(ssl.SSL_ERROR_WANT_WRITE, "The operation did not complete (write)"),
            )

    def _send(self) -> None:
        """As much as the socket takes; in one step, for another thread may send the rest."""
        sock = self._sock

        def send(now: int) -> int:
            sent = int(sock._descriptor.send(self._unsent, now)) if self._unsent else 0
            self._unsent = self._unsent[sent:]
            return sent

        sock._send("send", len(self._unsent), send, socket.MSG_DONTWAIT)

    def _send_alert(self) -> None:
        """Why it fails, for the peer, if there is room for it."""
        self._unsent += self._outgoing.read()
        with suppress(OSError):
            self._send()
        self._unsent = b""

    def _when_ready(
        self, what: str, queue: Any, deadline: int | None, operation: Callable[[], T], later: ssl.SSLError
    ) -> T:
        """Do it when the socket can, as long as its time-out allows; raise `later` if it may not wait."""
        sock = self._sock
        while True:
            try:
                return operation()
            except BlockingIOError:
                if sock.gettimeout() == 0 or (sock.gettimeout() is None and not sock._blocks()):
                    raise later from None
            if not calling_thread().wait((queue,), deadline, f"TLS {what}", sock._subject()):
                raise TimeoutError(f"The {what} operation timed out")


def _wrap_socket(
    context: Any,
    sock: Any,
    server_side: bool,
    server_hostname: str | None = None,
    *,
    owner: Any = None,
    session: Any = None,
) -> Any:
    """`_ssl._SSLContext._wrap_socket`, for sockets of both worlds."""
    if not issubclass(type(sock), CallingSocket):
        return _CONTEXT._wrap_socket(
            context, sock, server_side, server_hostname, owner=owner, session=session
        )
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    engine = _wrap_bio(
        context,
        incoming,
        outgoing,
        server_side=server_side,
        server_hostname=server_hostname,
        owner=owner,
        session=session,
    )
    return _Channel(sock, engine, incoming, outgoing)


def _wrap_bio(context: Any, incoming: Any, outgoing: Any, server_side: bool, **keywords: Any) -> Any:
    """`_ssl._SSLContext._wrap_bio`; in a simulated program certificates are judged by its host's calendar."""
    engine = _CONTEXT._wrap_bio(context, incoming, outgoing, server_side=server_side, **keywords)
    thread = current()
    if thread is not None:
        _set_time(engine, context, thread.clock.wall // _NS_PER_S)
    return engine


# -- OpenSSL's own calls -----------------------------------------------------------------------------

_OBJECT_HEAD = object.__basicsize__


@cache
def _openssl() -> tuple[Any, Any] | None:
    """SSL_get0_param and X509_VERIFY_PARAM_set_time; None where Python's OpenSSL does not show them."""
    path = getattr(_ssl, "__file__", None)
    library = ctypes.CDLL(path)
    try:
        parameters, set_time = library.SSL_get0_param, library.X509_VERIFY_PARAM_set_time
    except AttributeError:
        return None
    parameters.argtypes, parameters.restype = (ctypes.c_void_p,), ctypes.c_void_p
    set_time.argtypes, set_time.restype = (ctypes.c_void_p, ctypes.c_long), None
    return parameters, set_time


def _set_time(engine: Any, context: Any, seconds: int) -> None:
    """Let OpenSSL judge the peer's certificates as of `seconds` since 1970.

    A `_ssl._SSLSocket` begins with its socket, its `SSL *` and its context (Modules/_ssl.c): if the third is
    not the context, this is another Python, and nothing is touched.
    """
    calls = _openssl()
    fields = (ctypes.c_void_p * 3).from_address(id(engine) + _OBJECT_HEAD)
    if calls is None or fields[2] != id(context):
        return
    parameters, set_time = calls
    set_time(parameters(fields[1]), seconds)


def install() -> None:
    """Patch `ssl.SSLContext`, whose methods are its base class's."""
    ssl.SSLContext._wrap_socket = _wrap_socket  # type: ignore[attr-defined]  # private ones
    ssl.SSLContext._wrap_bio = _wrap_bio  # type: ignore[attr-defined]
