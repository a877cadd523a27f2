"""daphne: an ASGI server on Twisted's reactor of asyncio, asked by http.client."""

import http.client
import logging

from daphne.server import Server

PACKAGE = "daphne"


def serve():
    async def application(scope, receive, send):
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    logging.disable()
    Server(application, ["tcp:4088:interface=0.0.0.0"], signal_handlers=False).run()


def ask(server):
    connection = http.client.HTTPConnection(server, 4088, timeout=5)
    answers = []
    for number in range(3):
        connection.request("GET", f"/{number}")
        answers.append(connection.getresponse().read().decode())
    connection.close()
    return answers
