"""python-socketio on aiohttp: events and their answers, over WebSocket."""

import asyncio

import aiohttp.web
import socketio

PACKAGE = "socketio"


def serve():
    server = socketio.AsyncServer(async_mode="aiohttp")

    @server.event
    async def upper(sid, text):
        return text.upper()

    application = aiohttp.web.Application()
    server.attach(application)
    aiohttp.web.run_app(application, port=4025, print=None, handle_signals=False)


def ask(server):
    async def main():
        client = socketio.AsyncClient()
        await client.connect(f"http://{server}:4025", transports=["websocket"])
        answers = [await client.call("upper", f"text {number}") for number in range(5)]
        await client.disconnect()
        return answers

    return asyncio.run(main())
