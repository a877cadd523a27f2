"""pyModbusTCP: coils written and read by Modbus over TCP, to its threaded server."""

from pyModbusTCP.client import ModbusClient
from pyModbusTCP.server import ModbusServer

PACKAGE = "pyModbusTCP"


def serve():
    ModbusServer("0.0.0.0", 4085).start()


def ask(server):
    client = ModbusClient(server, 4085, timeout=5)
    if not client.write_multiple_coils(3, [True, False, True]):
        raise ConnectionError
    return client.read_coils(2, 5)
