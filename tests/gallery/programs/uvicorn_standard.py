"""uvicorn with all that `uvicorn[standard]` brings; uvloop, which it would take, gives way to asyncio."""

import asyncio

import uvicorn
import websockets

PACKAGE = "uvloop"


def serve():
    async def application(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"].upper()})

    uvicorn.run(application, host="0.0.0.0", port=4091, log_level="critical", lifespan="off")


def ask(server):
    async def main():
        async with websockets.connect(f"ws://{server}:4091/", proxy=None) as connection:
            answers = []
            for number in range(5):
                await connection.send(f"text {number}")
                answers.append(await connection.recv())
            return answers

    return asyncio.run(main())
