"""`dns-server`: a name server for the scenario's hosts and for records that it is given.

By itself it is in charge of a zone, `lan` if no other is given, with an A record for each host, and of
the reverse tree with a PTR record for each. `--record` adds to that zone; what it says of the zone itself
(SOA, NS) or of a host counts instead. A master file (RFC 1035 section 5) makes a zone of its own if it
begins with `$ORIGIN`. UDP and TCP are served alike (RFC 7766 section 5).
"""

import argparse
import select
import socket
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import dns.exception
import dns.name
import dns.rrset
import dns.zone
import dns.zonefile

from sim.apps.command_line import PORT, CommandLine, between
from sim.os.interfaces import own_addresses
from sim.os.resolver import hosts_file
from stack.dns import PORT as DNS_PORT
from stack.dns.authority import Authority
from stack.dns.resolver import plain, reverse_name

_LARGEST = 65_535
_IDLE_S = 10.0
"""A connection without a query is closed (RFC 7766 section 6.2.3: a few seconds)."""
_REVERSE = dns.name.from_text("in-addr.arpa")
_MOST_SECONDS = 2**31 - 1


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line, and the file that it names."""
    line = CommandLine("dns-server")
    line.add_argument("--port", type=PORT, default=DNS_PORT, metavar="PORT")
    line.add_argument("--zone", default="lan", metavar="DOMAIN")
    line.add_argument("--ttl", type=between(0, _MOST_SECONDS), default=3600, metavar="SECONDS")
    line.add_argument("--negative-ttl", type=between(0, _MOST_SECONDS), default=900, metavar="SECONDS")
    line.add_argument("--record", action="append", default=[], metavar="RECORD")
    line.add_argument("--file", action="append", default=[], type=Path, metavar="FILE")
    options = line.parse_args(words)
    place = f"--zone {options.zone}"
    options.records = []
    try:
        options.zone = dns.name.from_text(options.zone)
        for record in options.record:
            place = f"--record {record!r}"
            options.records += _records(options, options.zone, record)
        for path in options.file:
            place = str(path)
            options.records += _master_file(options.zone, path)
    except OSError as error:
        line.error(f"{place}: {error.strerror}")
    except (dns.exception.DNSException, ValueError) as error:
        line.error(str(error) if str(error).startswith(place) else f"{place}: {error}")
    return options


def main(words: list[str]) -> int | None:
    """Serve for ever."""
    options = arguments(words)
    authority = Authority([*_hosts(options), *options.records])
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("", options.port)))
        threading.Thread(target=_accept, args=(listener, authority), daemon=True).start()
        datagrams = []
        for address in own_addresses():  # an answer comes from where the question went (RFC 2181 section 4)
            datagrams.append(stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)))
            datagrams[-1].bind((address, options.port))
        while True:
            for sock in select.select(datagrams, (), ())[0]:
                _answer(sock, authority)


def _records(options: argparse.Namespace, zone: dns.name.Name, text: str) -> list[dns.rrset.RRset]:
    """The records in `text`, whose names are in `zone`."""
    found = dns.zonefile.read_rrsets(text, origin=zone, default_ttl=options.ttl, rdclass=None)
    if not found:
        raise ValueError(f"is no record of a name in {plain(zone)}")
    return found


def _master_file(zone: dns.name.Name, path: Path) -> list[dns.rrset.RRset]:
    text = path.read_text(encoding="utf-8")
    origin = None if text.lstrip().startswith("$ORIGIN") else zone
    file = dns.zone.from_text(text, origin, relativize=False, check_origin=False, filename=str(path))
    return [
        dns.rrset.from_rdata_list(name, rdatas.ttl, list(rdatas)) for name, rdatas in file.iterate_rdatasets()
    ]


def _hosts(options: argparse.Namespace) -> list[dns.rrset.RRset]:
    """What is in the zones by itself: the scenario's hosts, and this server as the one in charge."""
    zone, hosts = options.zone.to_text(), hosts_file()
    server = f"{socket.gethostname()}.{zone}"
    start = [f"@ SOA {server} hostmaster.{zone} 1 7200 900 1209600 {options.negative_ttl}", f"@ NS {server}"]
    names = [f"{name} A {address}" for name, address in hosts.items()]
    pointers = [f"{reverse_name(address)} PTR {name}.{zone}" for name, address in hosts.items()]
    return [
        *_records(options, options.zone, "\n".join([*start, *names])),
        *_records(options, _REVERSE, "\n".join([*start, *pointers])),
    ]


def _answer(sock: socket.socket, authority: Authority) -> None:
    query, source = sock.recvfrom(_LARGEST)
    answer = authority.answer(query)
    if answer is not None:
        with suppress(OSError):  # who asked may be unreachable
            sock.sendto(answer, source)


def _accept(listener: socket.socket, authority: Authority) -> None:
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, authority), daemon=True).start()


def _serve(connection: socket.socket, authority: Authority) -> None:
    """One client: queries one after the other, each behind its length (RFC 7766 section 8)."""
    connection.settimeout(_IDLE_S)
    with connection, connection.makefile("rb") as stream:
        try:
            while len(head := stream.read(2)) == 2:
                query = stream.read(int.from_bytes(head, "big"))
                answer = authority.answer(query, stream=True)
                if answer is not None:
                    connection.sendall(len(answer).to_bytes(2, "big") + answer)
        except OSError:  # the client has gone, or says nothing
            pass
