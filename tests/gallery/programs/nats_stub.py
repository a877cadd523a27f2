"""nats-py: requests and their answers, through a server of a few lines."""

import asyncio

import nats

PACKAGE = "nats"


def serve():
    subscribers = {}

    async def session(reader, writer):
        writer.write(b'INFO {"server_id":"stub","max_payload":1000000,"headers":true}\r\n')
        while line := await reader.readline():
            command, *words = line.decode().split()
            if command == "PING":
                writer.write(b"PONG\r\n")
            elif command == "SUB":
                subscribers[words[0]] = writer, words[-1]
            elif command == "PUB":
                subject, *reply, size = words
                payload = await reader.readexactly(int(size) + 2)
                for pattern, (other, number) in list(subscribers.items()):
                    if subject == pattern or (pattern[-1] == "*" and subject.startswith(pattern[:-1])):
                        head = " ".join(["MSG", subject, number, *reply, size])
                        other.write(head.encode() + b"\r\n" + payload)

    async def main():
        async with await asyncio.start_server(session, "", 4053) as listener:
            await listener.serve_forever()

    asyncio.run(main())


def ask(server):
    async def main():
        async def reverse(message):
            await message.respond(message.data[::-1])

        client = await nats.connect(f"nats://{server}:4053")
        await client.subscribe("reverse", cb=reverse)
        answers = [await client.request("reverse", b"text %d" % number, timeout=5) for number in range(5)]
        await client.close()
        return [answer.data.decode() for answer in answers]

    return asyncio.run(main())
