"""pyrad: access asked for by RADIUS, at a server that waits with poll."""

import io
import socket

import pyrad.client
import pyrad.dictionary
import pyrad.packet
import pyrad.server

PACKAGE = "pyrad"
NAMES = "ATTRIBUTE User-Name 1 string\nATTRIBUTE User-Password 2 string\nATTRIBUTE Reply-Message 18 string\n"


class Server(pyrad.server.Server):
    def HandleAuthPacket(self, packet):
        password = packet.PwDecrypt(packet["User-Password"][0])
        reply = self.CreateReplyPacket(packet, **{"Reply-Message": f"hello {packet['User-Name'][0]}"})
        reply.code = pyrad.packet.AccessAccept if password == "secret" else pyrad.packet.AccessReject
        self.SendReplyPacket(packet.fd, reply)


def serve():
    hosts = {"0.0.0.0": pyrad.server.RemoteHost("0.0.0.0", b"shared", "any")}
    names = pyrad.dictionary.Dictionary(io.StringIO(NAMES))
    Server(addresses=["0.0.0.0"], authport=4056, acctport=4057, hosts=hosts, dict=names).Run()


def ask(server):
    names = pyrad.dictionary.Dictionary(io.StringIO(NAMES))
    address = socket.gethostbyname(server)
    client = pyrad.client.Client(address, authport=4056, secret=b"shared", dict=names)
    answers = []
    for password in ("secret", "guessed"):
        packet = client.CreateAuthPacket(code=pyrad.packet.AccessRequest, User_Name="you")
        packet["User-Password"] = packet.PwCrypt(password)
        reply = client.SendPacket(packet)
        answers.append((reply.code, reply["Reply-Message"]))
    return answers
