"""CherryPy: its own HTTP server, asked by urllib."""

import urllib.request

import cherrypy

PACKAGE = "cherrypy"


class Root:
    @cherrypy.expose
    def add(self, one, other):
        return str(int(one) + int(other))


def serve():
    cherrypy.config.update(
        {
            "server.socket_host": "0.0.0.0",
            "server.socket_port": 4004,
            "engine.autoreload.on": False,
            "log.screen": False,
        }
    )
    cherrypy.quickstart(Root())


def ask(server):
    return [
        urllib.request.urlopen(f"http://{server}:4004/add?one={number}&other=2", timeout=5).read().decode()
        for number in range(3)
    ]
