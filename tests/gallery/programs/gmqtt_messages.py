"""gmqtt: messages on asyncio through mqttools' broker."""

import asyncio

import gmqtt
import mqttools

PACKAGE = "gmqtt"


def serve():
    asyncio.run(mqttools.Broker(("0.0.0.0", 4073)).serve_forever())


def ask(server):
    async def main():
        messages, ready = asyncio.Queue(), asyncio.Event()
        client = gmqtt.Client("gallery")
        client.on_message = lambda _, topic, payload, qos, properties: messages.put_nowait(
            (topic, len(payload))
        )
        client.on_subscribe = lambda *arguments: ready.set()
        await client.connect(server, 4073)
        client.subscribe("hall/#")
        await ready.wait()
        for number in range(5):
            client.publish(f"hall/lamp{number}", "x" * 1000 * number)
        answers = [await messages.get() for _ in range(5)]
        await client.disconnect()
        return answers

    return asyncio.run(main())
