"""asyncua: a variable read, written and subscribed to by OPC UA."""

import asyncio
import logging

from asyncua import Client, Server

PACKAGE = "asyncua"


def serve():
    async def main():
        logging.disable()
        server = Server()
        await server.init()
        server.set_endpoint("opc.tcp://0.0.0.0:4036")
        space = await server.register_namespace("gallery")
        valve = await server.nodes.objects.add_object(space, "valve")
        opening = await valve.add_variable(space, "opening", 0.5)
        await opening.set_writable()
        async with server:
            await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    class Handler:
        def datachange_notification(self, node, value, data):
            changes.put_nowait(value)

    async def main():
        async with Client(f"opc.tcp://{server}:4036") as client:
            space = await client.get_namespace_index("gallery")
            opening = await client.nodes.objects.get_child([f"{space}:valve", f"{space}:opening"])
            subscription = await client.create_subscription(50, Handler())
            await subscription.subscribe_data_change(opening)
            before = await changes.get()
            await opening.write_value(0.75)
            return before, await changes.get(), await opening.read_value()

    changes = asyncio.Queue()
    return asyncio.run(main())
