"""websocket-client with a server by websockets."""

import asyncio

import websocket
import websockets.asyncio.server

PACKAGE = "websocket"


def serve():
    async def echo(connection):
        async for message in connection:
            await connection.send(message)

    async def main():
        async with websockets.asyncio.server.serve(echo, None, 4026) as server:
            await server.serve_forever()

    asyncio.run(main())


def ask(server):
    connection = websocket.create_connection(f"ws://{server}:4026/", timeout=5)
    answers = []
    for message in ("one", "two" * 50_000):
        connection.send(message)
        answers.append(len(connection.recv()))
    connection.close()
    return answers
