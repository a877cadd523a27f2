"""zeroconf: a service announced and found by multicast DNS."""

import socket
import time

from zeroconf import IPVersion, ServiceInfo, Zeroconf

PACKAGE = "zeroconf"
TYPE = "_gallery._tcp.local."


def serve():
    own = Zeroconf(ip_version=IPVersion.V4Only)
    info = ServiceInfo(
        TYPE, f"one.{TYPE}", addresses=[socket.inet_aton("192.0.2.1")], port=80, properties={"path": "/"}
    )
    own.register_service(info)
    while True:
        time.sleep(60)


def ask(server):
    own = Zeroconf(ip_version=IPVersion.V4Only)
    info = own.get_service_info(TYPE, f"one.{TYPE}", timeout=3000)
    own.close()
    return None if info is None else (info.port, info.parsed_addresses())
