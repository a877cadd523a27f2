"""Same seed, same bits (DESIGN.md rule 6): fresh interpreters, other hash seeds, same events."""

# ruff: noqa: ANN001, ANN201

import hashlib
import os
import subprocess
import sys

import pytest

SCRIPT = """
import asyncio, http.server, socket, threading, time, urllib.request
from sim.kernel.network import LinkNetwork

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

async def gather():
    async def one(number):
        reader, writer = await asyncio.open_connection("server", 80)
        writer.write(f"GET /{number} HTTP/1.0\\r\\n\\r\\n".encode())
        print(number, len(await reader.read()))
        writer.close()
    await asyncio.gather(*(one(number) for number in range(5)))

with LinkNetwork("pc", "laptop", "server", seed=int(SEED)) as network:
    network.hosts["server"].spawn("serve", serve, service=True)
    network.hosts["pc"].spawn("fetch", fetch, at_ns=1_000_000)
    network.hosts["laptop"].spawn("gather", lambda arguments: asyncio.run(gather()), at_ns=1_000_000)
    assert network.run().succeeded
    for event in network.events:
        print(event.ps, event.where, event.layer, event.kind, dict(event.fields))
"""


def events(seed, hash_seed):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("SEED", str(seed))],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def reference():
    return events(1, 0)


def test_the_hash_seed_changes_nothing(reference):
    assert len(reference.splitlines()) > 300
    assert hashlib.sha256(events(1, 4242)).digest() == hashlib.sha256(reference).digest()


def test_the_seed_changes_ports_and_sequence_numbers(reference):
    assert events(2, 0) != reference
