"""aiodns: its sockets are those of c-ares."""

import asyncio
import socket

import aiodns
import dnslib.server

PACKAGE = "aiodns"


class Resolver(dnslib.server.BaseResolver):
    def resolve(self, request, handler):
        reply = request.reply()
        reply.add_answer(*dnslib.RR.fromZone(f"{request.q.qname} 60 A 192.0.2.1"))
        return reply


def serve():
    logger = dnslib.server.DNSLogger("-request,-reply")
    dnslib.server.DNSServer(Resolver(), "", 4079, logger=logger).start()


def ask(server):
    async def main():
        resolver = aiodns.DNSResolver([socket.gethostbyname(server)], udp_port=4079)
        return [row.host for row in await resolver.query("www.lab", "A")]

    return asyncio.run(main())
