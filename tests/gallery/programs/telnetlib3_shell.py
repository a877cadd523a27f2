"""telnetlib3: a shell over Telnet."""

import asyncio

import telnetlib3

PACKAGE = "telnetlib3"


def serve():
    async def shell(reader, writer):
        writer.write("your name? ")
        name = await reader.readline()
        writer.write(f"hello {name.strip()}\r\n")
        await writer.drain()
        writer.close()

    async def main():
        await telnetlib3.create_server(host="0.0.0.0", port=4024, shell=shell, connect_maxwait=0.1)
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        reader, writer = await telnetlib3.open_connection(
            server, 4024, connect_minwait=0.05, connect_maxwait=0.1
        )
        writer.write("you\r\n")
        text = await reader.read()
        return "hello you" in text

    return asyncio.run(main())
