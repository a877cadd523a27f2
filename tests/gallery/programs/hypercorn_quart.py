"""hypercorn serving quart, asked by httpx."""

import asyncio

import httpx
import quart
from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config

PACKAGE = "hypercorn"


def serve():
    application = quart.Quart("gallery")

    @application.get("/double/<int:number>")
    async def double(number):
        return {"double": 2 * number}

    config = Config()
    config.bind = ["0.0.0.0:4020"]
    config.errorlog = None

    async def forever():
        await asyncio.get_running_loop().create_future()

    asyncio.run(serve_asgi(application, config, shutdown_trigger=forever))


def ask(server):
    with httpx.Client(base_url=f"http://{server}:4020") as client:
        return [client.get(f"/double/{number}").json() for number in range(3)]
