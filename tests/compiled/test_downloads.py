"""Packages from outside download over cables, and what arrives has the hash of what was sent."""

# ruff: noqa: ANN001, ANN201, ANN202

import asyncio
import hashlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import aiohttp
import aiohttp.web
import pytest
import requests

from sim import Lan

KB, MB = 1_000, 1_000_000


def content(size):
    """Octets that no layer could compress or repeat unnoticed."""
    return Random(size).randbytes(size)


class Files(BaseHTTPRequestHandler):
    def do_GET(self):
        body = content(int(self.path.strip("/")))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve_blocking():
    ThreadingHTTPServer(("", 8000), Files).serve_forever()


def fetch_blocking(size):
    digest = hashlib.sha256()
    with requests.get(f"http://server:8000/{size}", stream=True, timeout=60) as response:
        for piece in response.iter_content(16_384):
            digest.update(piece)
    return digest.hexdigest()


def serve_asyncio():
    async def file(request):
        return aiohttp.web.Response(body=content(int(request.match_info["size"])))

    application = aiohttp.web.Application()
    application.router.add_get("/{size}", file)
    aiohttp.web.run_app(application, port=8000, print=None)


def fetch_asyncio(size):
    async def fetch():
        digest = hashlib.sha256()
        async with aiohttp.ClientSession() as session, session.get(f"http://server:8000/{size}") as response:
            async for piece in response.content.iter_chunked(16_384):
                digest.update(piece)
        return digest.hexdigest()

    return asyncio.run(fetch())


PROGRAMS = {"blocking": (serve_blocking, fetch_blocking), "asyncio": (serve_asyncio, fetch_asyncio)}


@pytest.mark.parametrize(
    ("engine", "size"),
    [
        ("compiled", 80 * KB),
        pytest.param("compiled", 10 * MB, marks=pytest.mark.slow),
        pytest.param("myhdl", 20 * KB, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("programs", PROGRAMS.values(), ids=PROGRAMS)
def test_what_arrives_is_what_was_sent(
    tmp_path: Path, engine: str, size: int, programs: tuple[Callable[[], None], Callable[[int], str]]
) -> None:
    serve, fetch = programs
    lan = Lan(folder=tmp_path / "run")
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.coax("yellow", "500 m", [{"at": "0 m", "host": "pc"}, {"at": "500 m", "host": "server"}])
    lan.program("server", serve, service=True)
    job = lan.program("pc", fetch, size, at="1 ms")
    run = lan.run(engine=engine)
    assert job.result() == hashlib.sha256(content(size)).hexdigest()
    (ended,) = run.find("ended", where="pc")
    assert ended.ps > size * 800_000  # at 10 Mb/s
