"""pysyncobj: a total that two nodes agree on by Raft, one on each host."""

import socket
import time

from pysyncobj import SyncObj, SyncObjConf, replicated

PACKAGE = "pysyncobj"


class Total(SyncObj):
    def __init__(self, own, other):
        super().__init__(own, [other], SyncObjConf(dnsFailCacheTime=1))
        self.total = 0

    @replicated
    def add(self, number):
        self.total += number
        return self.total


def address(name, port):
    return f"{name}:{port}"


def serve():
    simulated = socket.gethostname() == "server"
    node = Total("server:4082", "pc:4083") if simulated else Total("127.0.0.1:4082", "127.0.0.1:4083")
    while True:
        time.sleep(60)
        node.getStatus()


def ask(server):
    node = Total("pc:4083" if server == "server" else "127.0.0.1:4083", f"{server}:4082")
    try:
        while not node.isReady():
            time.sleep(0.1)
        return [node.add(number, sync=True, timeout=10) for number in range(5)]
    finally:
        node.destroy()
