"""Same seed, same bits, also with packages from outside: fresh interpreters with other hash seeds."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

SCRIPT = """
import asyncio, http.server, random, sys, time, uuid
from pathlib import Path
import aiohttp, aiohttp.web, httpx, requests, uvicorn
import websockets.asyncio.client, websockets.asyncio.server
from sim import Lan

async def page(request):
    await asyncio.sleep(random.random() / 10)
    return aiohttp.web.Response(text=str(uuid.uuid4()))

def serve():
    application = aiohttp.web.Application()
    application.router.add_get("/{name}", page)
    aiohttp.web.run_app(application, port=8080, print=None)

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % random.getrandbits(64)})

async def echo(channel):
    async for message in channel:
        await channel.send(message)

async def serve_echo():
    async with websockets.asyncio.server.serve(echo, "", 8765) as server:
        await server.serve_forever()

async def many():
    async with aiohttp.ClientSession("http://server:8080") as session:
        async def one(number):
            async with session.get(f"/{number}") as response:
                return await response.text()
        tasks = {asyncio.create_task(one(number)) for number in range(12)}
        done, late = await asyncio.wait(tasks, timeout=0.15)
        print([await task for task in done])
        for task in late:
            task.cancel()
        print(await asyncio.gather(*late, return_exceptions=True))
    async with websockets.asyncio.client.connect("ws://server:8765") as channel:
        await channel.send("hello")
        print(await channel.recv())
    async with httpx.AsyncClient() as client:
        answers = await asyncio.gather(*(client.get("http://server:8000/") for _ in range(5)))
        print([answer.text for answer in answers])

def blocking():
    print([requests.get(f"http://server:8080/{number}").text for number in range(3)])

def serve_uvicorn():
    uvicorn.run(application, host="0.0.0.0", log_level="warning")

lan = Lan(folder=Path(sys.argv[1]))
lan.host("pc", address="192.168.1.10/24")
lan.host("server", address="192.168.1.20/24")
lan.link(delay="2 ms", loss=0.02)
lan.program("server", serve, service=True)
lan.program("server", serve_echo, service=True)
lan.program("server", serve_uvicorn, service=True)
lan.program("pc", many, at="50 ms")
lan.program("pc", blocking, at="60 ms")
lan.run(check=False)
"""
FILES = ("events.jsonl", "pc.pcapng", "server.pcapng")


def test_rule_6_with_packages_from_outside(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for seed in ("0", "4242"):
        done = subprocess.run(
            [sys.executable, script, tmp_path / seed],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    for name in FILES:
        first, second = ((tmp_path / seed / name).read_bytes() for seed in ("0", "4242"))
        assert first == second, name
    events = (tmp_path / "0" / "events.jsonl").read_text()
    assert events.count('"status": 0') == 2 and "CancelledError" in events and len(events) > 100_000
