"""trio: 20 requests over streams, with a deadline that passes."""

import trio

PACKAGE = "trio"


def serve():
    async def answer(stream):
        async for piece in stream:
            await stream.send_all(piece.upper())

    trio.run(trio.serve_tcp, answer, 4000)


def ask(server):
    async def main():
        stream = await trio.open_tcp_stream(server, 4000)
        answers = []
        for number in range(20):
            await stream.send_all(b"request %d" % number)
            answers.append((await stream.receive_some(100)).decode())
        with trio.move_on_after(0.05) as scope:
            await stream.receive_some(100)
        await stream.aclose()
        return answers, scope.cancelled_caught

    return trio.run(main)
