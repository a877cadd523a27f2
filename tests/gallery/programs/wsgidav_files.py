"""WsgiDAV on cheroot: a file stored, listed and moved by WebDAV, with http.client."""

import http.client
import logging
import re
from pathlib import Path

from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

PACKAGE = "wsgidav"


def serve():
    logging.disable()
    Path("dav").mkdir(exist_ok=True)
    application = WsgiDAVApp(
        {
            "provider_mapping": {"/": "dav"},
            "simple_dc": {"user_mapping": {"*": True}},
            "logging": {"enable": False},
        }
    )
    wsgi.Server(("0.0.0.0", 4070), application).start()


def ask(server):
    connection = http.client.HTTPConnection(server, 4070, timeout=5)

    def request(method, path, body=None, **headers):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    stored, _ = request("PUT", "/one", b"x" * 100_000)
    moved, _ = request("MOVE", "/one", Destination=f"http://{server}:4070/other", Overwrite="T")
    _, listing = request("PROPFIND", "/", Depth="1")
    status, body = request("GET", "/other")
    return (
        stored in (201, 204),
        moved in (201, 204),
        re.findall(rb"<D?:?href>([^<]*)", listing)[-1].decode(),
        status,
        len(body),
    )
