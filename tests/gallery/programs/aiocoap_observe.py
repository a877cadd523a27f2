"""aiocoap: a resource read and written by CoAP over UDP."""

import asyncio
import socket

import aiocoap
from aiocoap import resource

PACKAGE = "aiocoap"


class Note(resource.Resource):
    text = b"empty"

    async def render_get(self, request):
        return aiocoap.Message(payload=self.text)

    async def render_put(self, request):
        self.text = request.payload
        return aiocoap.Message(code=aiocoap.CHANGED)


def own_address():
    """This transport takes no wildcard."""
    try:
        return socket.gethostbyname("server")
    except OSError:
        return "127.0.0.1"


def serve():
    async def main():
        site = resource.Site()
        site.add_resource(["note"], Note())
        await aiocoap.Context.create_server_context(
            site, bind=(own_address(), 5683), transports=["simplesocketserver"]
        )
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        context = await aiocoap.Context.create_client_context(transports=["simple6"])
        uri = f"coap://{server}/note"
        before = await context.request(aiocoap.Message(code=aiocoap.GET, uri=uri)).response
        await context.request(aiocoap.Message(code=aiocoap.PUT, uri=uri, payload=b"written")).response
        after = await context.request(aiocoap.Message(code=aiocoap.GET, uri=uri)).response
        await context.shutdown()
        return before.payload.decode(), after.payload.decode()

    return asyncio.run(main())
