"""An application to be tested: a server that keeps notes, and a client that does not give up.

It knows nothing of thicknet. The protocol: a line of JSON for each note, a line `saved NUMBER` for each
that the server has, so that a note sent twice is kept once.
"""

import asyncio
import json

PORT = 7001


class Server:
    """Keeps notes by their number."""

    def __init__(self) -> None:
        self.notes: dict[int, str] = {}

    async def run(self) -> None:
        """Serve for ever."""
        server = await asyncio.start_server(self._serve, "", PORT)
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                number, text = json.loads(line)
                self.notes[number] = text
                writer.write(f"saved {number}\n".encode())
                await writer.drain()
        except OSError:
            pass  # the client has gone; it will come again
        finally:
            writer.close()


async def save(host: str, notes: list[str], patience: float = 2.0) -> int:
    """Have the server at `host` keep `notes`; returns how many connections that took."""
    saved = connections = 0
    while saved < len(notes):
        connections += 1
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(host, PORT), patience)
            while saved < len(notes):
                writer.write(json.dumps([saved, notes[saved]]).encode() + b"\n")
                line = await asyncio.wait_for(reader.readline(), patience)
                if line != f"saved {saved}\n".encode():
                    break
                saved += 1
            writer.transport.abort()
        except OSError:  # refused, reset, timed out: try again in a moment
            await asyncio.sleep(patience / 10)
    return connections
