"""grpclib: gRPC on asyncio and h2, calls and a stream of answers."""

import asyncio

from grpclib.client import Channel, UnaryStreamMethod, UnaryUnaryMethod
from grpclib.const import Cardinality, Handler
from grpclib.encoding.base import CodecBase
from grpclib.server import Server

PACKAGE = "grpclib"


class Octets(CodecBase):
    """Messages without protobuf."""

    __content_subtype__ = "octets"

    def encode(self, message, message_type):
        return message

    def decode(self, data, message_type):
        return data


class Service:
    async def reverse(self, stream):
        await stream.send_message((await stream.recv_message())[::-1])

    async def count(self, stream):
        for number in range(int(await stream.recv_message())):
            await stream.send_message(str(number).encode())

    def __mapping__(self):
        return {
            "/gallery/reverse": Handler(self.reverse, Cardinality.UNARY_UNARY, bytes, bytes),
            "/gallery/count": Handler(self.count, Cardinality.UNARY_STREAM, bytes, bytes),
        }


def serve():
    async def main():
        server = Server([Service()], codec=Octets())
        await server.start("0.0.0.0", 4037)
        await server.wait_closed()

    asyncio.run(main())


def ask(server):
    async def main():
        async with Channel(server, 4037, codec=Octets()) as channel:
            reverse = UnaryUnaryMethod(channel, "/gallery/reverse", bytes, bytes)
            count = UnaryStreamMethod(channel, "/gallery/count", bytes, bytes)
            once, many = await reverse(b"text"), await count(b"5")
            return once.decode(), [number.decode() for number in many]

    return asyncio.run(main())
