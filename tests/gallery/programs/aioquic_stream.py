"""aioquic: streams over QUIC, UDP with TLS and its own congestion control (its connect() needs IPv6)."""

import asyncio
import socket
import ssl

import trustme
from aioquic.asyncio import QuicConnectionProtocol
from aioquic.asyncio import serve as serve_quic
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

PACKAGE = "aioquic"


def serve():
    async def answer(reader, writer):
        writer.write((await reader.read()).upper())
        writer.write_eof()

    async def main():
        tasks = []
        certificate = trustme.CA().issue_cert("server")
        certificate.cert_chain_pems[0].write_to_path("server.pem")
        certificate.private_key_pem.write_to_path("server.key")
        configuration = QuicConfiguration(is_client=False, alpn_protocols=["upper"])
        configuration.load_cert_chain("server.pem", "server.key")
        await serve_quic(
            "0.0.0.0",
            4029,
            configuration=configuration,
            stream_handler=lambda *streams: tasks.append(asyncio.ensure_future(answer(*streams))),
        )
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def one(client, text):
        reader, writer = await client.create_stream()
        writer.write(text)
        writer.write_eof()
        return (await reader.read()).decode()

    async def main():
        configuration = QuicConfiguration(alpn_protocols=["upper"], verify_mode=ssl.CERT_NONE)
        _, client = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: QuicConnectionProtocol(QuicConnection(configuration=configuration)),
            local_addr=("0.0.0.0", 0),
        )
        client.connect((socket.gethostbyname(server), 4029))
        await client.wait_connected()
        short = await asyncio.gather(*(one(client, b"text %d" % number) for number in range(5)))
        long = len(await one(client, bytes(100_000)))
        client.close()
        await client.wait_closed()
        return short, long

    return asyncio.run(main())
