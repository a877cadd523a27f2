"""A chat server: what one says, all read, in one order.

It knows nothing of thicknet. Each guest has a queue and a task of its own that empties it, so that a guest
whose line is dead holds nobody up: when too much waits for it, it is sent away.
"""

import asyncio
from contextlib import suppress

PORT = 7004
MOST_WAITING = 100
"""Lines that may wait for one guest."""


class Server:
    """Passes lines on. One that is not `patient` sends guests away who do not read."""

    def __init__(self, *, patient: bool = False) -> None:
        self._patient = patient
        self._guests: dict[asyncio.StreamWriter, asyncio.Queue[bytes]] = {}

    async def run(self) -> None:
        """Serve for ever."""
        async with await asyncio.start_server(self._serve, "", PORT) as server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._guests[writer] = queue = asyncio.Queue[bytes]()
        sending = asyncio.create_task(self._send(queue, writer))
        try:
            while line := await reader.readline():
                await self._pass_on(line)
        except OSError:
            pass  # the guest has gone
        finally:
            self._guests.pop(writer, None)
            sending.cancel()
            writer.close()

    async def _pass_on(self, line: bytes) -> None:
        for writer, queue in list(self._guests.items()):
            if self._patient:
                writer.write(line)
                await writer.drain()  # until this guest has taken it: the others wait
            elif queue.qsize() < MOST_WAITING:
                queue.put_nowait(line)
            else:
                self._guests.pop(writer)
                writer.transport.abort()

    async def _send(self, queue: asyncio.Queue[bytes], writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while True:
                writer.write(await queue.get())
                await writer.drain()


class Guest:
    """Reads what the others say; `lines` are those it has read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: list[str] = []

    async def stay(self, server: str, says: int = 0, every: float = 0.1, length: int = 1000) -> None:
        """Come in, say `says` lines, and listen on until the server is silent for ten seconds."""
        reader, writer = await asyncio.open_connection(server, PORT)
        saying = asyncio.create_task(self._say(writer, says, every, length))
        with suppress(TimeoutError, OSError):
            while line := await asyncio.wait_for(reader.readline(), 10):
                self.lines.append(line.decode().split(":")[0])
        saying.cancel()
        writer.close()

    async def _say(self, writer: asyncio.StreamWriter, says: int, every: float, length: int) -> None:
        for number in range(says):
            writer.write(f"{self.name} {number}:{'.' * length}\n".encode())
            await writer.drain()
            await asyncio.sleep(every)
