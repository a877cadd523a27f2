"""zeroconf: a service announced and found by multicast DNS, on an interface that is named."""

import socket
import time

from zeroconf import IPVersion, ServiceInfo, Zeroconf

PACKAGE = "zeroconf"
TYPE = "_gallery._tcp.local."


def serve():
    own = made()
    info = ServiceInfo(
        TYPE, f"one.{TYPE}", addresses=[socket.inet_aton("192.0.2.1")], port=80, properties={"path": "/"}
    )
    own.register_service(info)
    while True:
        time.sleep(60)


def ask(server):
    own = made()
    info = own.get_service_info(TYPE, f"one.{TYPE}", timeout=3000)
    own.close()
    return None if info is None else (info.port, info.parsed_addresses())


def made():
    """By default zeroconf asks the C library for all interfaces, and gets the real machine's."""
    name = socket.gethostname()
    address = socket.gethostbyname(name) if name in ("pc", "server") else "127.0.0.1"
    return Zeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
