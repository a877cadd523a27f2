"""pyramid on waitress, asked by http.client over one connection."""

import http.client

import waitress
from pyramid.config import Configurator
from pyramid.response import Response

PACKAGE = "pyramid"


def serve():
    with Configurator() as configurator:
        configurator.add_route("hello", "/hello/{name}")
        configurator.add_view(
            lambda request: Response(f"hello {request.matchdict['name']}"), route_name="hello"
        )
    waitress.serve(configurator.make_wsgi_app(), listen="*:4042", threads=2, _quiet=True)


def ask(server):
    connection = http.client.HTTPConnection(server, 4042, timeout=5)
    answers = []
    for number in range(4):
        connection.request("GET", f"/hello/{number}")
        answers.append(connection.getresponse().read().decode())
    connection.close()
    return answers
