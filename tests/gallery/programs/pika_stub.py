"""pika: a message published and got by AMQP, with its blocking connection, at a server of a few lines."""

import socketserver

import pamqp.frame
import pika
from pamqp import commands, header
from pamqp.body import ContentBody

PACKAGE = "pika"
QUEUE = []


class Server(socketserver.BaseRequestHandler):
    def send(self, channel, *frames):
        self.request.sendall(b"".join(pamqp.frame.marshal(frame, channel) for frame in frames))

    def handle(self):
        self.request.recv(8)
        self.send(0, commands.Connection.Start(server_properties={}, mechanisms="PLAIN", locales="en_US"))
        data = b""
        while octets := self.request.recv(65536):
            data += octets
            while True:
                try:
                    size, channel, frame = pamqp.frame.unmarshal(data)
                except pamqp.exceptions.UnmarshalingException:
                    break
                data = data[size:]
                self.take(channel, frame)

    def take(self, channel, frame):
        if isinstance(frame, commands.Connection.StartOk):
            self.send(0, commands.Connection.Tune(channel_max=10, frame_max=4096, heartbeat=60))
        elif isinstance(frame, commands.Connection.Open):
            self.send(0, commands.Connection.OpenOk())
        elif isinstance(frame, commands.Channel.Open):
            self.send(channel, commands.Channel.OpenOk())
        elif isinstance(frame, commands.Queue.Declare):
            self.send(channel, commands.Queue.DeclareOk(frame.queue, 0, 0))
        elif isinstance(frame, ContentBody):
            QUEUE.append(frame.value)
        elif isinstance(frame, commands.Basic.Get):
            body = QUEUE.pop(0)
            self.send(
                channel,
                commands.Basic.GetOk(1, False, "", "hall", len(QUEUE)),
                header.ContentHeader(0, len(body), commands.Basic.Properties()),
                ContentBody(body),
            )
        elif isinstance(frame, commands.Channel.Close):
            self.send(channel, commands.Channel.CloseOk())
        elif isinstance(frame, commands.Connection.Close):
            self.send(0, commands.Connection.CloseOk())


def serve():
    socketserver.ThreadingTCPServer(("", 4090), Server).serve_forever()


def ask(server):
    with pika.BlockingConnection(pika.ConnectionParameters(server, 4090)) as connection:
        channel = connection.channel()
        channel.queue_declare("hall")
        for number in range(3):
            channel.basic_publish("", "hall", b"message %d" % number)
        return [channel.basic_get("hall")[2].decode() for _ in range(3)]
