"""Packages whose sockets or event loops are their own C code: a program that imports one is refused.

Nothing of such a package passes through Python's library, so it would reach the real network, or wait in the
real world. The refusal is an ImportError: a package that has the choice, as uvicorn has between uvloop and
asyncio, takes what it finds. Outside of programs they are imported as ever. One that had been imported there
before the network was built is refused at its first use in a program.

The list is of what is known. What is not in it, and reaches for the real world by Python's means, is seen by
the audit hook (`barrier`); what waits there is found by the watchdog.
"""

# ruff: noqa: ANN401 (modules have what they have)
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from sim.os.process import current
from sim.python.barrier import said_by

_ASYNCIO, _THREADS = "asyncio", "threads or asyncio"

REFUSED = {
    "uvloop": ("libuv", _ASYNCIO),
    "winloop": ("libuv", _ASYNCIO),
    "rloop": ("Rust code", _ASYNCIO),
    "pyuv": ("libuv", _ASYNCIO),
    "gevent": ("libev", _THREADS),
    "eventlet": ("its own hub", _THREADS),
    "meinheld": ("libev", "gunicorn's or werkzeug's threads"),
    "bjoern": ("libev", "wsgiref, werkzeug or waitress"),
    "granian": ("Rust code", "uvicorn or hypercorn"),
    "robyn": ("Rust code", "starlette on uvicorn"),
    "socketify": ("uWebSockets", "uvicorn"),
    "zmq": ("libzmq", "asyncio's streams"),
    "pynng": ("nng", "asyncio's streams"),
    "nanomsg": ("nanomsg", "asyncio's streams"),
    "grpc": ("gRPC's C core", "grpclib"),
    "pycurl": ("libcurl", "urllib3, requests or httpx"),
    "curl_cffi": ("libcurl", "httpx"),
    "tls_client": ("Go code", "httpx"),
    "primp": ("Rust code", "httpx"),
    "pycares": ("c-ares", "dnspython, or getaddrinfo"),
    "psycopg": ("libpq", "pg8000 or asyncpg"),
    "psycopg2": ("libpq", "pg8000 or asyncpg"),
    "MySQLdb": ("libmysqlclient", "PyMySQL"),
    "pymssql": ("FreeTDS", "python-tds"),
    "pyodbc": ("ODBC drivers", "a driver that is written in Python"),
    "ldap": ("libldap", "ldap3"),
    "confluent_kafka": ("librdkafka", "aiokafka"),
    "pylibmc": ("libmemcached", "pymemcache"),
    "ssh2": ("libssh2", "paramiko or asyncssh"),
    "pygit2": ("libgit2", "dulwich"),
    "libtorrent": ("libtorrent", "a client that is written in Python"),
    "enet": ("ENet", "UDP sockets"),
    "pcap": ("libpcap", "the captures of a run"),
    "pcapy": ("libpcap", "the captures of a run"),
}
"""By the name that is imported: whose sockets or event loop it has, and what works in its place."""


class ForeignPackageError(ImportError):
    """A simulated program imports a package whose sockets are not Python's."""


def _refusal(name: str) -> ForeignPackageError:
    package = name.partition(".")[0]
    whose, instead = REFUSED[package]
    why = f"its sockets or its event loop are those of {whose}, which are not simulated"
    return ForeignPackageError(f"{said_by()}{package} is refused: {why}; use {instead}", name=name)


class _Finder(MetaPathFinder):
    """Asked first for each module that is imported for the first time."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] in REFUSED and current() is not None:
            raise _refusal(name)
        return None


class _Foreign(ModuleType):
    """The class of one that is imported already."""

    def __getattribute__(self, name: str) -> Any:
        if current() is not None and not name.startswith("__"):
            raise _refusal(super().__getattribute__("__name__"))
        return super().__getattribute__(name)


def guard() -> None:
    """A network is built: watch over those that have been imported until now."""
    for name in REFUSED.keys() & sys.modules.keys():
        module = sys.modules[name]
        if type(module) is ModuleType:
            module.__class__ = _Foreign


def install() -> None:
    """Be asked for each module."""
    sys.meta_path.insert(0, _Finder())
