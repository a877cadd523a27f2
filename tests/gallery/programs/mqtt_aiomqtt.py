"""aiomqtt, which is paho in an event loop: messages through mqttools' broker."""

import asyncio

import aiomqtt
import mqttools

PACKAGE = "aiomqtt"


def serve():
    asyncio.run(mqttools.Broker(("0.0.0.0", 4030)).serve_forever())


def ask(server):
    async def main():
        async with aiomqtt.Client(server, 4030, protocol=aiomqtt.ProtocolVersion.V5) as client:
            await client.subscribe("hall/#")
            for number in range(5):
                await client.publish(f"hall/lamp{number}", b"x" * 100 * number)
            messages = [await anext(client.messages) for _ in range(5)]
            return [(str(message.topic), len(message.payload)) for message in messages]

    return asyncio.run(main())
