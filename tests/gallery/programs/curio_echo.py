"""curio: 20 requests over sockets, with a deadline that passes."""

import curio

PACKAGE = "curio"


def serve():
    async def answer(client, address):
        while data := await client.recv(1000):
            await client.sendall(data.upper())

    curio.run(curio.tcp_server, "", 4051, answer)


def ask(server):
    async def main():
        sock = await curio.open_connection(server, 4051)
        async with sock:
            answers = []
            for number in range(20):
                await sock.sendall(b"request %d" % number)
                answers.append((await sock.recv(1000)).decode())
            late = await curio.ignore_after(0.05, sock.recv, 1000, timeout_result="late")
            return answers, late

    return curio.run(main)
