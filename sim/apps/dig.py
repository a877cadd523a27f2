"""`dig [@SERVER] [-x] NAME [TYPE] [+tcp] [+time=S] [+tries=N]`: a question to a name server and its answer.

It asks the host's first name server if none is named, knows no search list and no cache, and asks again when
no answer comes, as UDP promises none.
"""

import argparse
import socket
import sys
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from sim.apps.command_line import CommandLine, between
from sim.os.interfaces import own_host
from sim.os.resolver import carry
from stack.dns import PORT
from stack.dns.resolver import reverse_name

_NO_REPLY = 9
"""Exit status, as of BIND's program of this name."""
_SETTINGS = {"time": between(0.001, 3600, float), "tries": between(1, 100)}


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("dig")
    line.add_argument("-x", dest="reverse", action="store_true")
    line.add_argument("name", metavar="NAME")
    line.add_argument("type", nargs="?", metavar="TYPE")
    options = line.parse_args([word for word in words if word[:1] not in "@+"])
    options.server = next((word[1:] for word in words if word.startswith("@")), None)
    options.tcp, options.time, options.tries = False, 5.0, 3
    for word in (word for word in words if word.startswith("+")):
        key, _, value = word[1:].partition("=")
        if word == "+tcp":
            options.tcp = True
        elif key in _SETTINGS:
            try:
                setattr(options, key, _SETTINGS[key](value))
            except argparse.ArgumentTypeError as error:
                line.error(f"{word}: {error}")
        else:
            line.error(f"unrecognized arguments: {word}")
    options.type = options.type or ("PTR" if options.reverse else "A")
    try:
        dns.rdatatype.from_text(options.type)
    except (dns.exception.DNSException, ValueError) as error:
        line.error(f"{options.type}: {error}")
    try:
        text = reverse_name(options.name) if options.reverse else options.name
        options.question = dns.name.from_text(text)
    except (dns.exception.DNSException, ValueError) as error:
        line.error(f"{options.name}: {error}")
    return options


def main(words: list[str]) -> int | None:
    """Print the answer; 9 when no server gave one."""
    options = arguments(words)
    servers = own_host().resolver.settings.servers
    try:
        server = socket.gethostbyname(options.server or (*servers, "localhost")[0])
    except socket.gaierror as error:
        print(f"dig: {options.server}: {error.strerror}", file=sys.stderr)
        return _NO_REPLY
    tcp = options.tcp
    for _ in range(options.tries):
        asked_at = time.monotonic()
        try:
            answer = ask(server, options.question, options.type, options.time, tcp=tcp)
            if answer.flags & dns.flags.TC and not tcp:
                print(";; Truncated, retrying in TCP mode.")
                tcp = True
                answer = ask(server, options.question, options.type, options.time, tcp=True)
        except OSError as error:
            print(f";; communications error to {server}#{PORT}: {(error.strerror or str(error)).lower()}")
            continue
        print(answer.to_text())
        print(f";; Query time: {(time.monotonic() - asked_at) * 1000:.3f} msec")
        print(f";; SERVER: {server}#{PORT}({'TCP' if tcp else 'UDP'})")
        return None
    print(";; no servers could be reached")
    return _NO_REPLY


def ask(
    server: str, name: dns.name.Name, type: str, seconds: float, *, tcp: bool = False
) -> dns.message.Message:
    """Put a question to `server` and wait for the answer. OSError, TimeoutError. For programs."""
    host = own_host()
    query = host.resolver.query(server, name, type, round(seconds * 1e9), tcp)
    return dns.message.from_wire(carry(host, query), ignore_trailing=True)
