"""`ethtool [-S] [INTERFACE]`: speed, duplex and link, or every counter of driver and adapter.

The words are those of Linux's program of this name. Without an interface it is eth0.
"""

import argparse
import sys

from sim.apps.command_line import CommandLine
from sim.os.interfaces import adapter_statistics, driver_counters, link_settings


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("ethtool")
    line.add_argument("-S", dest="statistics", action="store_true")
    line.add_argument("interface", nargs="?", default="eth0", metavar="INTERFACE")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Print the table; 1 when the interface does not exist or has no adapter."""
    options = arguments(words)
    name = options.interface
    try:
        lines = statistics_table(name) if options.statistics else settings_table(name)
    except OSError as error:
        print(f"ethtool: {name}: {error.strerror}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return None


def statistics(name: str) -> dict[str, int]:
    """The driver's counters, then the adapter's, read over its bus. For programs, which wait meanwhile."""
    return vars(driver_counters(name)) | adapter_statistics(name)


def statistics_table(name: str) -> list[str]:
    """As `ethtool -S` prints them."""
    return ["NIC statistics:", *(f"     {counter}: {value}" for counter, value in statistics(name).items())]


def settings_table(name: str) -> list[str]:
    """As `ethtool` prints them."""
    settings = link_settings(name)
    link = {True: "yes", False: "no", None: "unknown"}[settings.up]
    polarity = {True: ["\tPolarity: reversed"], False: ["\tPolarity: normal"], None: []}[settings.inverted]
    answer = "Yes" if settings.partner_negotiates else "No"
    partner = [f"\tLink partner advertised auto-negotiation: {answer}"] if settings.negotiated else []
    return [
        f"Settings for {name}:",
        f"\tSpeed: {settings.speed_mbps}Mb/s",
        f"\tDuplex: {'Full' if settings.full_duplex else 'Half'}",
        f"\tAuto-negotiation: {'on' if settings.negotiated else 'off'}",
        *partner,
        f"\tPort: {'Twisted Pair' if settings.twisted_pair else 'AUI'}",
        *([] if settings.phy is None else [f"\tPHYAD: {settings.phy}"]),
        *polarity,
        f"\tLink detected: {link}",
    ]
