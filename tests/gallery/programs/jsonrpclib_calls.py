"""jsonrpclib-pelix: calls by JSON-RPC over HTTP, to a server with a pool of threads."""

import jsonrpclib
from jsonrpclib.SimpleJSONRPCServer import PooledJSONRPCServer

PACKAGE = "jsonrpclib"


def serve():
    server = PooledJSONRPCServer(("", 4061), logRequests=False)
    server.register_function(pow)
    server.register_function(sorted)
    server.serve_forever()


def ask(server):
    remote = jsonrpclib.ServerProxy(f"http://{server}:4061/")
    return remote.pow(2, 100), remote.sorted([3, 1, 2])
