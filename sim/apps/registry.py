"""The list of programs, and the check of a command line before anything is simulated."""

import difflib
import shlex
import sys
from collections.abc import Callable
from typing import NamedTuple

from sim.apps import (
    arp,
    browse,
    chatter,
    dig,
    discard_server,
    dns_server,
    download,
    ethtool,
    fetch_mail,
    ip,
    mail_server,
    netstat,
    phone,
    ping,
    python,
    route,
    send_mail,
    ss,
    traceroute,
    udp_echo,
    udp_echo_server,
    video,
    watch,
    web_server,
)
from sim.apps.command_line import UsageAsked


class Program(NamedTuple):
    """A program and what a scenario must know of it."""

    main: Callable[[list[str]], int | None]
    """Arguments in, exit status out; called inside a simulated process."""
    arguments: Callable[[list[str]], object]
    """Reads the arguments; ValueError with a sentence when they are wrong."""
    service: bool
    """Whether it serves for ever, so that a run does not wait for its end."""


PROGRAMS: dict[str, Program] = {
    "arp": Program(arp.main, arp.arguments, service=False),
    "browse": Program(browse.main, browse.arguments, service=False),
    "chatter": Program(chatter.main, chatter.arguments, service=False),
    "dig": Program(dig.main, dig.arguments, service=False),
    "discard-server": Program(discard_server.main, discard_server.arguments, service=True),
    "dns-server": Program(dns_server.main, dns_server.arguments, service=True),
    "download": Program(download.main, download.arguments, service=False),
    "ethtool": Program(ethtool.main, ethtool.arguments, service=False),
    "fetch-mail": Program(fetch_mail.main, fetch_mail.arguments, service=False),
    "ip": Program(ip.main, ip.arguments, service=False),
    "mail-server": Program(mail_server.main, mail_server.arguments, service=True),
    "netstat": Program(netstat.main, netstat.arguments, service=False),
    "phone": Program(phone.main, phone.arguments, service=False),
    "ping": Program(ping.main, ping.arguments, service=False),
    "python": Program(python.main, python.arguments, service=False),
    "route": Program(route.main, route.arguments, service=False),
    "send-mail": Program(send_mail.main, send_mail.arguments, service=False),
    "ss": Program(ss.main, ss.arguments, service=False),
    "traceroute": Program(traceroute.main, traceroute.arguments, service=False),
    "udp-echo": Program(udp_echo.main, udp_echo.arguments, service=False),
    "udp-echo-server": Program(udp_echo_server.main, udp_echo_server.arguments, service=True),
    "video": Program(video.main, video.arguments, service=False),
    "watch": Program(watch.main, watch.arguments, service=False),
    "web-server": Program(web_server.main, web_server.arguments, service=True),
}


def find(run: str) -> tuple[Program, list[str]]:
    """The program of the command line `run` and its words, name first; ValueError when something is wrong."""
    try:
        words = shlex.split(run)
    except ValueError as error:
        raise ValueError(f"the command line {run!r} cannot be split into words: {error}") from None
    if not words:
        raise ValueError("the command line is empty")
    name, *rest = words
    if name not in PROGRAMS:
        near = difflib.get_close_matches(name, PROGRAMS, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(PROGRAMS)}"
        raise ValueError(f"there is no program {name!r}; {hint}")
    program = PROGRAMS[name]
    try:
        program.arguments(rest)
    except UsageAsked as usage:
        return _help(program, str(usage)), words
    return program, words


def _help(program: Program, usage: str) -> Program:
    """What runs in place of `program` when its command line asks for help."""
    text = (sys.modules[program.main.__module__].__doc__ or "").partition("\n\n")[0]

    def main(words: list[str]) -> int | None:
        print(f"{usage}\n{text}".rstrip())
        return None

    return Program(main, lambda words: None, service=False)
