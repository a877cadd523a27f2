"""dnspython: a question over UDP to a server of a few lines."""

import socket

import dns.message
import dns.query
import dns.rrset

PACKAGE = "dns"


def serve():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 4017))
        while True:
            data, source = sock.recvfrom(512)
            answer = dns.message.make_response(dns.message.from_wire(data))
            answer.answer.append(dns.rrset.from_text("www.lab.", 60, "IN", "A", "192.0.2.1"))
            sock.sendto(answer.to_wire(), source)


def ask(server):
    question = dns.message.make_query("www.lab.", "A")
    address = socket.gethostbyname(server)
    return [str(row) for row in dns.query.udp(question, address, timeout=5, port=4017).answer]
