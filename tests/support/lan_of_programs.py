"""Programs by their command lines on two hosts with a link between them."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201

from link_network import LinkNetwork

from sim.apps.registry import find

MS = 1_000_000


def run(*commands, servers=(), clients=(), **settings):
    """Run `host: command line` strings, in order, 1 ms apart; the network after the run, and the outcome.

    `servers` are functions, by host, that serve from the beginning, `clients` others that begin last.
    """
    with LinkNetwork("pc", "server", **settings) as network:
        for host, main in dict(servers).items():
            network.hosts[host].spawn("server", main, service=True)
        for number, command in enumerate(commands, start=1):
            host, line = command.split(": ", 1)
            program, words = find(line)
            network.hosts[host].spawn(words, program.main, at_ns=number * MS, service=program.service)
        for host, main in dict(clients).items():
            network.hosts[host].spawn("client", main, at_ns=(len(commands) + 1) * MS)
        return network, network.run()
