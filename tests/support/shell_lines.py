"""A shell that reads lines from a pipe, on two hosts without hardware."""

import sys

from click.testing import CliRunner, Result

from sim.cli import main

COMMAND = [sys.executable, "-c", "from sim.cli import main; main()", "shell"]
LINK = """\
title = "Two hosts, stack to stack"
[[host]]
name = "pc"
address = "192.168.1.10/24"
[[host]]
name = "server"
address = "192.168.1.20/24"
[link]
delay = "1 us"
[[program]]
host = "pc"
run = "ping -c 1 192.168.1.20"
at = "1 ms"
"""
"""As the shipped scenario `ping`, without hardware: most of what a shell does asks for none."""


def shell(*lines: str, scenario: str = "link.toml", options: tuple[str, ...] = ("--no-vcd",)) -> Result:
    """Pipe `lines` into a shell."""
    return CliRunner().invoke(main, ["shell", scenario, *options], input="".join(f"{x}\n" for x in lines))
