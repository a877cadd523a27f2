"""execnet: code sent to the other host, and a channel to it."""

import execnet
from execnet.gateway_base import get_execmodel
from execnet.script import socketserver

PACKAGE = "execnet"


def serve():
    model = socketserver.execmodel = get_execmodel("thread")  # as it does itself where it is the program
    socketserver.startserver(socketserver.bind_and_listen(":4097", model), loop=True)


def ask(server):
    gateway = execnet.makegateway(f"socket={server}:4097")
    channel = gateway.remote_exec("for number in channel: channel.send(number * number)")
    answers = []
    for number in range(5):
        channel.send(number)
        answers.append(channel.receive(timeout=5))
    gateway.exit()
    return answers
