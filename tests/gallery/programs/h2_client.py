"""h2: an own client of HTTP/2 in clear text, at hypercorn."""

import asyncio
import socket

import h2.config
import h2.connection
import h2.events
import hypercorn.asyncio
import hypercorn.config

PACKAGE = "h2"


def serve():
    async def application(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            body = f"{scope['http_version']} {scope['path']}".encode() * 5000
            await send({"type": "http.response.body", "body": body})

    async def forever():
        await asyncio.get_running_loop().create_future()

    config = hypercorn.config.Config()
    config.bind = ["0.0.0.0:4044"]
    config.errorlog = None
    asyncio.run(hypercorn.asyncio.serve(application, config, shutdown_trigger=forever))


def ask(server):
    bodies = {}
    ended = 0
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    with socket.create_connection((server, 4044), timeout=5) as sock:
        connection.initiate_connection()
        for stream in (1, 3, 5):
            headers = {":method": "GET", ":path": f"/{stream}", ":scheme": "http", ":authority": "server"}
            connection.send_headers(stream, list(headers.items()), end_stream=True)
        while ended < 3:
            sock.sendall(connection.data_to_send())
            for event in connection.receive_data(sock.recv(65536)):
                if isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                ended += isinstance(event, h2.events.StreamEnded)
    return sorted((stream, body[:6].decode(), len(body)) for stream, body in bodies.items())
