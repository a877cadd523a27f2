"""Pyro5: a remote object, called and iterated over."""

import Pyro5.api

PACKAGE = "Pyro5"


@Pyro5.api.expose
class Counter:
    def add(self, one, other):
        return one + other

    def count(self, limit):
        yield from range(limit)


def serve():
    daemon = Pyro5.api.Daemon(host="0.0.0.0", port=4022, nathost="server", natport=4022)
    daemon.register(Counter, "counter")
    daemon.requestLoop()


def ask(server):
    with Pyro5.api.Proxy(f"PYRO:counter@{server}:4022") as counter:
        return counter.add(2, 3), list(counter.count(5))
