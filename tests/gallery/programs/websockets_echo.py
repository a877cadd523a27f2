"""websockets: an echo over a WebSocket, by its blocking client."""

import asyncio

import websockets.asyncio.server
import websockets.sync.client

PACKAGE = "websockets"


def serve():
    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    async def main():
        async with websockets.asyncio.server.serve(echo, None, 4014) as server:
            await server.serve_forever()

    asyncio.run(main())


def ask(server):
    with websockets.sync.client.connect(f"ws://{server}:4014/", proxy=None) as connection:
        answers = []
        for message in ("text", b"octets", "x" * 100_000):
            connection.send(message)
            answers.append(len(connection.recv()))
        return answers
