"""kademlia: a distributed hash table over UDP; what one node sets, another gets."""

import asyncio
import socket

from kademlia.network import Server

PACKAGE = "kademlia"


def serve():
    async def main():
        node = Server()
        await node.listen(4065)
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        nodes = [Server(), Server()]
        for number, node in enumerate(nodes):
            await node.listen(4066 + number)
            await node.bootstrap([(socket.gethostbyname(server), 4065)])
        await nodes[0].set("key", "value")
        found = await nodes[1].get("key"), await nodes[1].get("other")
        for node in nodes:
            node.stop()
        return found

    return asyncio.run(main())
