"""pymongo: documents inserted and found, with its monitors, at a server of a few lines."""

import socketserver
import struct

import bson
import pymongo

PACKAGE = "pymongo"
FOUND = []
HELLO = {
    "ok": 1.0,
    "isWritablePrimary": True,
    "helloOk": True,
    "maxBsonObjectSize": 2**24,
    "maxMessageSizeBytes": 2**25,
    "maxWriteBatchSize": 10**5,
    "minWireVersion": 0,
    "maxWireVersion": 21,
}


def answer(command, more):
    if "insert" in command:
        FOUND.extend(more)
        return {"ok": 1.0, "n": len(more)}
    if "find" in command:
        return {"ok": 1.0, "cursor": {"id": 0, "ns": "lab.rows", "firstBatch": FOUND}}
    return HELLO if {"hello", "ismaster", "isMaster"} & command.keys() else {"ok": 1.0}


class Server(socketserver.StreamRequestHandler):
    def handle(self):
        while head := self.rfile.read(16):
            length, number, _, operation = struct.unpack("<iiii", head)
            body = self.rfile.read(length - 16)
            if operation == 2004:  # OP_QUERY, by which it says hello first
                reply = bson.encode(HELLO)
                self.reply(number, 1, struct.pack("<iqii", 8, 0, 0, 1) + reply)
                continue
            size = struct.unpack_from("<i", body, 5)[0]
            command, more = bson.decode(body[5 : 5 + size]), []
            if 5 + size < len(body):
                more = bson.decode_all(body[body.index(b"\0", 5 + size + 5) + 1 :])
            self.reply(number, 2013, struct.pack("<iB", 0, 0) + bson.encode(answer(command, more)))

    def reply(self, number, operation, body):
        self.wfile.write(struct.pack("<iiii", len(body) + 16, 1, number, operation) + body)


def serve():
    socketserver.ThreadingTCPServer(("", 4089), Server).serve_forever()


def ask(server):
    with pymongo.MongoClient(server, 4089, serverSelectionTimeoutMS=5000) as client:
        rows = client.lab.rows
        rows.insert_many({"_id": number, "text": "x" * number} for number in range(100))
        return sum(len(row["text"]) for row in rows.find())
