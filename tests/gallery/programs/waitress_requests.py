"""waitress: a WSGI server with threads, asked by requests."""

import requests
import waitress

PACKAGE = "waitress"


def serve():
    def application(environ, start_response):
        size = len(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['PATH_INFO']} {size}".encode()]

    waitress.serve(application, listen="*:4003", threads=4, _quiet=True)


def ask(server):
    with requests.Session() as session:
        posted = session.post(f"http://{server}:4003/form", data=bytes(300_000)).text
        return posted, [session.get(f"http://{server}:4003/{number}").text for number in range(5)]
