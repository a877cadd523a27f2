"""trio-websocket: an echo over a WebSocket, at both ends, with TLS."""

import ssl

import trio
import trio_websocket
import trustme

PACKAGE = "trio_websocket"


def serve():
    async def echo(request):
        connection = await request.accept()
        while True:
            try:
                await connection.send_message(await connection.get_message())
            except trio_websocket.ConnectionClosed:
                return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("server").configure_cert(context)
    trio.run(trio_websocket.serve_websocket, echo, "0.0.0.0", 4087, context)


def ask(server):
    async def main():
        context = ssl._create_unverified_context()
        async with trio_websocket.open_websocket_url(f"wss://{server}:4087/", context) as connection:
            sizes = []
            for size in (1, 1000, 100_000):
                await connection.send_message("x" * size)
                sizes.append(len(await connection.get_message()))
            return sizes

    return trio.run(main)
