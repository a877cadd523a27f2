"""dnslib: its server in a thread, questions over UDP and TCP."""

import socket
import time

from dnslib import RR, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer

PACKAGE = "dnslib"


class Resolver(BaseResolver):
    def resolve(self, request, handler):
        reply = request.reply()
        reply.add_answer(*RR.fromZone(f"{request.q.qname} 60 A 192.0.2.1"))
        return reply


def serve():
    for tcp in (False, True):
        DNSServer(
            Resolver(), port=4032, address="", tcp=tcp, logger=DNSLogger("-request,-reply")
        ).start_thread()
    while True:
        time.sleep(60)


def ask(server):
    answers = []
    address = socket.gethostbyname(server)
    for tcp in (False, True):
        packet = DNSRecord.question(f"{tcp}.lab").send(address, 4032, tcp=tcp, timeout=5)
        answers += [str(row.rdata) for row in DNSRecord.parse(packet).rr]
    return answers
