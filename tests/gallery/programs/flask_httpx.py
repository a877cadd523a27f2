"""Flask with werkzeug's server, asked by httpx."""

import logging

import flask
import httpx

PACKAGE = "flask"


def serve():
    logging.getLogger("werkzeug").disabled = True
    application = flask.Flask("gallery")

    @application.post("/sum")
    def total():
        return flask.jsonify(total=sum(flask.request.json["numbers"]))

    application.run("0.0.0.0", 4005, threaded=True, use_reloader=False)


def ask(server):
    with httpx.Client(base_url=f"http://{server}:4005") as client:
        return [client.post("/sum", json={"numbers": list(range(size))}).json() for size in (3, 30, 300)]
