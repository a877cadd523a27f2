"""pyserial: a serial port at the other host, by RFC 2217 over Telnet."""

import socket
import threading

import serial
import serial.rfc2217

PACKAGE = "serial"


class Wire:
    """What the port manager writes to."""

    def __init__(self, sock):
        self.sock = sock

    def write(self, data):
        self.sock.sendall(data)


def session(sock):
    port = serial.serial_for_url("loop://", timeout=0.1)
    manager = serial.rfc2217.PortManager(port, Wire(sock))

    def read():
        while port.is_open:
            if data := port.read(port.in_waiting or 1):
                sock.sendall(b"".join(manager.escape(data)))

    threading.Thread(target=read, daemon=True).start()
    while data := sock.recv(1000):
        port.write(b"".join(manager.filter(data)))
    port.close()


def serve():
    with socket.create_server(("", 4059)) as listener:
        while True:
            session(listener.accept()[0])


def ask(server):
    with serial.serial_for_url(f"rfc2217://{server}:4059", baudrate=19200, timeout=3) as port:
        port.write(b"through the loop\xff\n")
        return port.readline().decode("latin-1"), port.baudrate
