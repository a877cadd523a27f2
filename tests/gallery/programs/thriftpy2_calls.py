"""thriftpy2: calls of a service over Thrift's binary protocol, to a threaded server."""

from io import StringIO

import thriftpy2
import thriftpy2.rpc

PACKAGE = "thriftpy2"
IDL = """service Calculator {
    i32 add(1: i32 one, 2: i32 other)
    list<string> split(1: string text)
}"""
calculator = thriftpy2.load_fp(StringIO(IDL), "calculator_thrift")


class Handler:
    def add(self, one, other):
        return one + other

    def split(self, text):
        return text.split()


def serve():
    thriftpy2.rpc.make_server(calculator.Calculator, Handler(), "0.0.0.0", 4049).serve()


def ask(server):
    with thriftpy2.rpc.client_context(calculator.Calculator, server, 4049) as client:
        return client.add(2, 3), client.split("one two " * 3)
