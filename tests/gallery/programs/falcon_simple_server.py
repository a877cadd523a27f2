"""falcon on a threading wsgiref server, asked by urllib3's pool."""

import json
import socketserver
import wsgiref.simple_server

import falcon
import urllib3

PACKAGE = "falcon"


class Server(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


class Double:
    def on_get(self, request, response, number):
        response.media = {"double": 2 * number}


def serve():
    application = falcon.App()
    application.add_route("/{number:int}", Double())
    wsgiref.simple_server.make_server("", 4041, application, Server, Quiet).serve_forever()


def ask(server):
    with urllib3.PoolManager(maxsize=2) as pool:
        return [json.loads(pool.request("GET", f"http://{server}:4041/{number}").data) for number in range(4)]
