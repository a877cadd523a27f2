"""anyio on trio: streams and a task group."""

import anyio

PACKAGE = "anyio"


def serve():
    async def main():
        async def answer(stream):
            async with stream:
                async for piece in stream:
                    await stream.send(piece[::-1])

        listener = await anyio.create_tcp_listener(local_port=4001)
        await listener.serve(answer)

    anyio.run(main, backend="trio")


def ask(server):
    async def main():
        answers = {}

        async def one(number):
            async with await anyio.connect_tcp(server, 4001) as stream:
                await stream.send(b"request %d" % number)
                answers[number] = (await stream.receive()).decode()

        async with anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(one, number)
        return sorted(answers.items())

    return anyio.run(main, backend="trio")
