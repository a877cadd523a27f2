"""Same seed, same bits: fresh interpreters, other hash seeds, same events."""

# ruff: noqa: ANN001, ANN002, ANN201

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parent.parent / "support"

SCRIPT = """
import asyncio, concurrent.futures, http.server, os, random, secrets, socket, sys, threading, time
import urllib.request, uuid
from link_network import LinkNetwork

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode() * 500)

def serve(arguments):
    http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()

def fetch(arguments):
    def one(number):
        print(number, len(urllib.request.urlopen(f"http://server/{number}").read()))
    threads = [threading.Thread(target=one, args=(number,)) for number in range(5)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def draw(arguments):
    print(random.random(), random.sample(range(100), 3), os.urandom(4), uuid.uuid4(), uuid.uuid1())
    print(random.Random().random(), secrets.token_hex(4), threading.Thread().name, os.getpid())
    print([thread.name for thread in {threading.Thread() for _ in range(30)}])  # an executor joins such a set
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asked = {pool.submit(time.sleep, random.randrange(3) / 10): number for number in range(20)}
        print([asked[future] for future in concurrent.futures.as_completed(asked)])
    asyncio.run(cancel())

async def cancel():
    async def wait(number):
        try:
            await asyncio.sleep(random.expovariate(10))
        finally:
            print(number, asyncio.current_task().get_name())
    async def ask(number):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"%d" % number, ("server", 9))
    for done in asyncio.as_completed([ask(number) for number in range(20)]):
        await done
    tasks = {asyncio.create_task(wait(number)) for number in range(50)}
    done, waiting = await asyncio.wait(tasks, timeout=0.1)
    print([task.get_name() for task in done], [task.get_name() for task in waiting])

async def gather():
    async def one(number):
        reader, writer = await asyncio.open_connection("server", 80)
        writer.write(f"GET /{number} HTTP/1.0\\r\\n\\r\\n".encode())
        print(number, len(await reader.read()))
        writer.close()
    await asyncio.gather(*(one(number) for number in range(5)))

for seed in map(int, sys.argv[1:]):
    print("seed", seed)
    with LinkNetwork("pc", "laptop", "server", seed=seed) as network:
        network.hosts["server"].spawn("serve", serve, service=True)
        network.hosts["pc"].spawn("fetch", fetch, at_ns=1_000_000)
        network.hosts["laptop"].spawn("gather", lambda arguments: asyncio.run(gather()), at_ns=1_000_000)
        network.hosts["laptop"].spawn("draw", draw, at_ns=2_000_000)
        assert network.run().succeeded, network.output("laptop", "stderr")
        for event in network.events:
            print(event.ps, event.where, event.layer, event.kind, dict(event.fields))
"""


def events(hash_seed, *seeds):
    """What a fresh interpreter prints, by the seed of the run."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, seeds)],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        check=True,
    )
    parts = done.stdout.split("seed ")[1:]
    assert len(parts) == len(seeds)
    return [part.partition("\n")[2] for part in parts]


@pytest.fixture(scope="module")
def runs():
    """Seed 1; seed 2 and again seed 1 with another hash seed, so that what was before differs too."""
    return [*events(0, 1), *events(4242, 2, 1)]


def test_the_hash_seed_changes_nothing(runs):
    first, _, again = runs
    assert len(first.splitlines()) > 300
    assert hashlib.sha256(again.encode()).digest() == hashlib.sha256(first.encode()).digest()


def test_the_seed_changes_ports_and_sequence_numbers(runs):
    first, other, _ = runs
    assert other != first
