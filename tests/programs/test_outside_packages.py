"""Packages from outside, unmodified, on simulated hosts: asyncio's stock loop and blocking sockets."""

# ruff: noqa: ANN001, ANN201, ANN202

import asyncio
import hashlib
import http.server
import smtplib
import socket
import ssl
import time

import aiohttp
import aiohttp.web
import aiosmtpd.controller
import dns.asyncresolver
import dns.flags
import dns.message
import dns.query
import dns.resolver
import dns.rrset
import httpx
import pytest
import requests
import trustme
import uvicorn
import websockets.asyncio.client
import websockets.asyncio.server
import websockets.sync.client
from two_hosts import ask

from sim import Lan

BODY = bytes(range(256)) * 200


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(self.path.encode())

    def do_POST(self):
        self.answer(hashlib.sha256(self.rfile.read(int(self.headers["Content-Length"]))).hexdigest().encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "seen=yes")
        self.end_headers()
        self.wfile.write(body)


def test_requests_with_a_session_a_form_and_an_upload():
    def client():
        with requests.Session() as session:
            page = session.get("http://server/page?x=1", timeout=5)
            digest = session.post("http://server/", data=BODY).text
            return page.text, dict(session.cookies), digest

    answer = ask(lambda: http.server.ThreadingHTTPServer(("", 80), Pages).serve_forever(), client)
    assert answer == ("/page?x=1", {"seen": "yes"}, hashlib.sha256(BODY).hexdigest())


def test_requests_says_in_its_own_words_that_nobody_listens():
    def client():
        with pytest.raises(requests.ConnectionError) as refused:
            requests.get("http://server/")
        with pytest.raises(requests.ConnectTimeout):
            requests.get("http://192.168.1.99/", timeout=0.5)
        with pytest.raises(requests.ConnectionError) as unknown:
            requests.get("http://nowhere/")
        return "Connection refused" in str(refused.value), "Name or service not known" in str(unknown.value)

    assert ask(lambda: None, client) == (True, True)


def aiohttp_application():
    async def page(request):
        return aiohttp.web.Response(text=request.match_info["name"])

    async def upload(request):
        digest = hashlib.sha256()
        async for piece in request.content.iter_chunked(4096):
            digest.update(piece)
        return aiohttp.web.json_response({"sha256": digest.hexdigest()})

    async def echo(request):
        channel = aiohttp.web.WebSocketResponse()
        await channel.prepare(request)
        async for message in channel:
            await channel.send_str(message.data.upper())
        return channel

    async def stream(request):
        response = aiohttp.web.StreamResponse()
        await response.prepare(request)
        for number in range(5):
            await response.write(b"%d\n" % number)
            await asyncio.sleep(0.1)
        return response

    application = aiohttp.web.Application()
    application.router.add_get("/page/{name}", page)
    application.router.add_post("/upload", upload)
    application.router.add_get("/echo", echo)
    application.router.add_get("/stream", stream)
    return application


def test_aiohttp_server_and_client():
    async def client():
        async with aiohttp.ClientSession("http://server:8080") as session:
            pages = await asyncio.gather(*(text(session, f"/page/{n}") for n in range(20)))
            async with session.post("/upload", data=BODY) as response:
                digest = (await response.json())["sha256"]
            async with session.ws_connect("/echo") as channel:
                await channel.send_str("thicknet")
                answer = (await channel.receive()).data
            begun = time.monotonic()
            streamed = await text(session, "/stream")
            return pages, digest, answer, streamed, time.monotonic() - begun > 0.4

    async def text(session, path):
        async with session.get(path) as response:
            return await response.text()

    answer = ask(
        lambda: aiohttp.web.run_app(aiohttp_application(), port=8080, print=None),
        lambda: asyncio.run(client()),
    )
    pages = [str(n) for n in range(20)]
    assert answer == (pages, hashlib.sha256(BODY).hexdigest(), "THICKNET", "0\n1\n2\n3\n4\n", True)


def test_httpx_with_uvicorn():
    async def application(scope, receive, send):
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            return await send({"type": "lifespan.shutdown.complete"})
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"x-method", scope["method"].encode())],
            }
        )
        return await send({"type": "http.response.body", "body": scope["path"].encode() + body})

    async def in_asyncio():
        async with httpx.AsyncClient(base_url="http://server:8000") as client:
            answers = await asyncio.gather(*(client.post(f"/{n}", content=b"!" * n) for n in range(10)))
            return [answer.text for answer in answers]

    def client():
        blocking = httpx.get("http://server:8000/blocking")
        return blocking.text, blocking.headers["x-method"], asyncio.run(in_asyncio())

    answer = ask(lambda: uvicorn.run(application, host="0.0.0.0", log_level="warning"), client)
    assert answer == ("/blocking", "GET", [f"/{n}" + "!" * n for n in range(10)])


def test_aiosmtpd_with_smtplib():
    box = []

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            box.append((session.peer[0], envelope.mail_from, envelope.rcpt_tos, envelope.content))
            return "250 OK"

    def serve():
        """Its own controller: a loop in a thread of its own."""
        controller = aiosmtpd.controller.Controller(Handler(), hostname="server", port=25)
        controller.start()
        time.sleep(5)
        controller.stop()

    def client():
        with smtplib.SMTP("server", local_hostname="pc") as session:
            session.sendmail("a@pc", ["b@server"], b"Subject: x\r\n\r\n" + b"line\r\n" * 2000)
            return session.noop()[0]

    assert ask(serve, client) == 250
    assert box == [("192.168.1.10", "a@pc", ["b@server"], b"Subject: x\r\n\r\n" + b"line\r\n" * 2000)]


def test_websockets_echo_with_its_asyncio_and_its_threaded_client():
    async def echo(channel):
        async for message in channel:
            await channel.send(message)

    async def serve():
        async with websockets.asyncio.server.serve(echo, "", 8765) as server:
            await server.serve_forever()

    async def in_asyncio():
        async with websockets.asyncio.client.connect("ws://server:8765") as channel:
            await channel.send(BODY)
            return await channel.recv() == BODY, await (await channel.ping()) > 0

    def client():
        with websockets.sync.client.connect("ws://server:8765") as channel:
            channel.send("threaded")
            answer = channel.recv()
        return answer, asyncio.run(in_asyncio())

    assert ask(lambda: asyncio.run(serve()), client) == ("threaded", (True, True))


def test_dnspython_asks_over_udp_and_over_tcp():
    def answer(wire):
        query = dns.message.from_wire(wire)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        name = query.question[0].name
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.168.1.42"))
        return response.to_wire()

    def serve():
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
            socket.create_server(("", 53)) as listener,
        ):
            datagrams.bind(("", 53))
            for _ in range(3):
                wire, peer = datagrams.recvfrom(512)
                datagrams.sendto(answer(wire), peer)
            connection, _ = listener.accept()
            file = connection.makefile("rwb")
            wire = file.read(int.from_bytes(file.read(2), "big"))
            file.write(len(answer(wire)).to_bytes(2, "big") + answer(wire))
            file.flush()

    def resolver(cls):
        made = cls(configure=False)
        made.nameservers = ["192.168.1.20"]
        return made

    async def in_asyncio():
        answer = await resolver(dns.asyncresolver.Resolver).resolve("async.example", "A")
        return str(answer[0])

    def client():
        one = resolver(dns.resolver.Resolver).resolve("www.example", "A")
        query = dns.message.make_query("udp.example", "A")
        udp = dns.query.udp(query, "192.168.1.20", timeout=2)
        return (
            str(one[0]),
            asyncio.run(in_asyncio()),
            len(udp.answer),
            len(dns.query.tcp(query, "192.168.1.20").answer),
        )

    assert ask(serve, client) == ("192.168.1.42", "192.168.1.42", 1, 1)


def test_dnspython_finds_the_name_server_of_its_host_by_itself():
    """It reads /etc/resolv.conf, which is the simulated host's."""

    def client():
        resolver = dns.resolver.Resolver()
        answer = resolver.resolve("server", "A", search=True)
        return resolver.nameservers, str(answer[0]), str(answer.canonical_name)

    lan = Lan()
    lan.host("pc", address="192.168.1.10/24", nameserver="192.168.1.20", search="lan")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    lan.program("server", "dns-server")
    job = lan.program("pc", client, at="10 ms")
    lan.run()
    assert job.result() == (["192.168.1.20"], "192.168.1.20", "server.lan.")


def test_tls_through_asyncio():
    authority = trustme.CA()
    certificate = authority.issue_cert("server")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(serving)
    asking = ssl.create_default_context()
    authority.configure_trust(asking)

    async def hello(request):
        return aiohttp.web.Response(text="secret")

    def serve():
        application = aiohttp.web.Application()
        application.router.add_get("/", hello)
        aiohttp.web.run_app(application, port=443, ssl_context=serving, print=None)

    async def client():
        async with aiohttp.ClientSession() as session, session.get("https://server/", ssl=asking) as response:
            page = await response.text()
        reader, writer = await asyncio.open_connection("server", 443, ssl=asking)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        raw = await reader.read()
        version = writer.get_extra_info("ssl_object").version()
        writer.close()
        return page, raw.endswith(b"secret"), version

    assert ask(serve, lambda: asyncio.run(client())) == ("secret", True, "TLSv1.3")
