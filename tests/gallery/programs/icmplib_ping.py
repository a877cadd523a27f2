"""icmplib: pings by a socket for ICMP, raw if it must be."""

import threading

import icmplib

PACKAGE = "icmplib"


def serve():
    threading.Event().wait()  # its host answers


def ping(server, privileged):
    return icmplib.ping(server, count=3, interval=0.1, timeout=2, payload_size=100, privileged=privileged)


def ask(server):
    try:
        answer = ping(server, privileged=False)
    except icmplib.SocketPermissionError:  # who may have a raw socket need not be in ping_group_range
        answer = ping(server, privileged=True)
    return answer.is_alive, answer.packets_received, answer.packet_loss, answer.max_rtt < 100
