"""flask-sock: a WebSocket on werkzeug's threads, whose socket simple-websocket takes over."""

import logging

import flask
import flask_sock
import simple_websocket

PACKAGE = "flask_sock"


def serve():
    logging.getLogger("werkzeug").disabled = True
    application = flask.Flask("gallery")
    sock = flask_sock.Sock(application)

    @sock.route("/echo")
    def echo(connection):
        while True:
            connection.send(connection.receive()[::-1])

    application.run("0.0.0.0", 4098, threaded=True, use_reloader=False)


def ask(server):
    connection = simple_websocket.Client(f"ws://{server}:4098/echo")
    answers = []
    for number in range(5):
        connection.send(f"text {number}")
        answers.append(connection.receive(timeout=5))
    connection.close()
    return answers
