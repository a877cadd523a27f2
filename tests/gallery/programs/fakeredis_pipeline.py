"""fakeredis' TCP server, and redis' client with 100 commands in one pipeline."""

import redis
from fakeredis import TcpFakeServer

PACKAGE = "fakeredis"


def serve():
    TcpFakeServer(("0.0.0.0", 4009)).serve_forever()


def ask(server):
    client = redis.Redis(server, 4009, protocol=2)
    with client.pipeline(transaction=False) as pipeline:
        for number in range(100):
            pipeline.set(f"key {number}", "value" * number)
        stored = pipeline.execute()
    return all(stored), client.get("key 99").decode()[:10], client.dbsize()
