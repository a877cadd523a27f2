"""Twisted: a web server, asked by urllib, since there is one reactor in a Python."""

import urllib.request

from twisted.internet import reactor
from twisted.web import resource, server

PACKAGE = "twisted"


class Page(resource.Resource):
    isLeaf = True

    def render_GET(self, request):
        return b"you asked for " + request.uri


def serve():
    reactor.listenTCP(4002, server.Site(Page()))
    reactor.run(installSignalHandlers=False)


def ask(host):
    return [
        urllib.request.urlopen(f"http://{host}:4002/{number}", timeout=5).read().decode()
        for number in range(3)
    ]
