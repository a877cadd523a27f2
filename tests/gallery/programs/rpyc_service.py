"""RPyC: calls of objects at the other host."""

import logging

import rpyc
from rpyc.utils.server import ThreadedServer

PACKAGE = "rpyc"


class Service(rpyc.Service):
    def exposed_add(self, one, other):
        return one + other

    def exposed_each(self, numbers, function):
        return [function(number) for number in numbers]


def serve():
    logging.disable()
    ThreadedServer(Service, port=4007, protocol_config={"allow_public_attrs": True}).start()


def ask(server):
    connection = rpyc.connect(server, 4007)
    answers = connection.root.add(2, 3), list(connection.root.each([1, 2, 3], lambda number: number * number))
    connection.close()
    return answers
