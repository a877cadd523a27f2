"""uvicorn with an ASGI application of its own, asked by httpx."""

import httpx
import uvicorn

PACKAGE = "uvicorn"


def serve():
    async def application(scope, receive, send):
        if scope["type"] == "lifespan":
            return
        start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
        await send(start)
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    uvicorn.run(application, host="0.0.0.0", port=4015, log_level="critical", loop="asyncio", lifespan="off")


def ask(server):
    with httpx.Client(base_url=f"http://{server}:4015") as client:
        return [client.get(f"/{number}").text for number in range(3)]
