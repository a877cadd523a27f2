"""grpcio: its connections are those of gRPC's C core."""

from concurrent import futures

import grpc

PACKAGE = "grpc"


class Reverse(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: request[::-1])


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[Reverse()])
    server.add_insecure_port("0.0.0.0:4078")
    server.start()
    server.wait_for_termination()


def ask(server):
    with grpc.insecure_channel(f"{server}:4078") as channel:
        return channel.unary_unary("/gallery/reverse")(b"text").decode()
