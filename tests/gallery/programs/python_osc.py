"""python-osc: Open Sound Control over UDP, with answers to where the question came from."""

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer
from pythonosc.udp_client import DispatchClient

PACKAGE = "pythonosc"


def serve():
    dispatcher = Dispatcher()
    dispatcher.map("/note", lambda address, *notes: ("/heard", [note * 2 for note in notes]))
    ThreadingOSCUDPServer(("0.0.0.0", 4068), dispatcher).serve_forever()


def ask(server):
    heard = []
    client = DispatchClient(server, 4068)
    client.dispatcher.map("/heard", lambda address, *notes: heard.extend(notes))
    for number in range(3):
        while len(heard) <= number:
            client.send_message("/note", [number, 0.5])
            client.handle_messages(timeout=1)
    return heard
