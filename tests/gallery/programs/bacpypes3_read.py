"""bacpypes3: a property read by BACnet over UDP."""

import asyncio
import socket

from bacpypes3.ipv4.app import NormalApplication
from bacpypes3.local.analog import AnalogValueObject
from bacpypes3.local.device import DeviceObject
from bacpypes3.pdu import Address, IPv4Address
from bacpypes3.primitivedata import ObjectIdentifier

PACKAGE = "bacpypes3"


def device(number):
    return DeviceObject(
        objectIdentifier=("device", number), objectName=f"device{number}", vendorIdentifier=999
    )


def own(name):
    try:
        return socket.gethostbyname(name)
    except OSError:
        return "127.0.0.1"


def serve():
    async def main():
        application = NormalApplication(device(1), IPv4Address(f"{own('server')}/24:4093"))
        application.add_object(
            AnalogValueObject(objectIdentifier=("analogValue", 1), objectName="level", presentValue=2.5)
        )
        await asyncio.get_running_loop().create_future()

    asyncio.run(main())


def ask(server):
    async def main():
        application = NormalApplication(device(2), IPv4Address(f"{own('pc')}/24:4094"))
        there = Address(f"{socket.gethostbyname(server)}:4093")
        return await application.read_property(there, ObjectIdentifier("analogValue,1"), "presentValue")

    return asyncio.run(asyncio.wait_for(main(), 10))
