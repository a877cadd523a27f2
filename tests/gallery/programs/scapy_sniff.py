"""scapy: its packets go out by AF_PACKET, its routes come by AF_NETLINK."""

import threading

from scapy.config import conf
from scapy.layers.inet import ICMP, IP
from scapy.sendrecv import sr1

PACKAGE = "scapy"


def serve():
    threading.Event().wait()  # its host answers


def ask(server):
    conf.verb = 0
    if server == "127.0.0.1":  # where scapy needs its other socket
        from scapy.supersocket import L3RawSocket

        conf.L3socket = L3RawSocket
    answer = sr1(IP(dst=server) / ICMP(), timeout=2)
    return answer is not None and answer[ICMP].type
