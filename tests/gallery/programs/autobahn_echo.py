"""autobahn on asyncio: an echo over a WebSocket, at both ends."""

import asyncio

from autobahn.asyncio.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)

PACKAGE = "autobahn"


class Echo(WebSocketServerProtocol):
    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)


def serve():
    async def main():
        factory = WebSocketServerFactory()
        factory.protocol = Echo
        await asyncio.get_running_loop().create_server(factory, "0.0.0.0", 4074)
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        sizes = asyncio.Queue()

        class Client(WebSocketClientProtocol):
            def onOpen(self):
                for size in (1, 1000, 100_000):
                    self.sendMessage(b"x" * size, True)

            def onMessage(self, payload, isBinary):
                sizes.put_nowait(len(payload))

        factory = WebSocketClientFactory(f"ws://{server}:4074")
        factory.protocol = Client
        await asyncio.get_running_loop().create_connection(factory, server, 4074)
        return [await sizes.get() for _ in range(3)]

    return asyncio.run(main())
