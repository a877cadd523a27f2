"""pymodbus: registers read and written by Modbus over TCP."""

from pymodbus.client import ModbusTcpClient
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import StartTcpServer

PACKAGE = "pymodbus"


def serve():
    store = ModbusDeviceContext(hr=ModbusSequentialDataBlock(1, list(range(100))))
    StartTcpServer(ModbusServerContext(devices=store, single=True), address=("0.0.0.0", 4012))


def ask(server):
    with ModbusTcpClient(server, port=4012) as client:
        before = client.read_holding_registers(10, count=3).registers
        client.write_registers(10, [7, 8, 9])
        return before, client.read_holding_registers(10, count=3).registers
