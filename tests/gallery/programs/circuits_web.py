"""circuits: a web server of components and events, whose loop waits with its own pollers."""

import urllib.request

from circuits.web import Controller, Server

PACKAGE = "circuits"


class Root(Controller):
    def index(self, *arguments, **keywords):
        return f"hello {keywords.get('name')}"


def serve():
    (Server(("0.0.0.0", 4071)) + Root()).run()


def ask(server):
    return [
        urllib.request.urlopen(f"http://{server}:4071/?name={number}", timeout=5).read().decode()
        for number in range(3)
    ]
