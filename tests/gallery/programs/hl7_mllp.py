"""hl7: messages by MLLP on asyncio's streams, and their acknowledgments."""

import asyncio

import hl7
from hl7.mllp import open_hl7_connection, start_hl7_server

PACKAGE = "hl7"
MESSAGE = "MSH|^~\\&|PC||SERVER||20260101||ADT^A01|{}|P|2.5\rPID|1||{}\r"


def serve():
    async def session(reader, writer):
        while not writer.is_closing():
            message = await reader.readmessage()
            writer.writemessage(message.create_ack(message_id="1"))
            await writer.drain()

    async def main():
        async with await start_hl7_server(session, "0.0.0.0", 4086) as server:
            await server.serve_forever()

    asyncio.run(main())


def ask(server):
    async def main():
        reader, writer = await open_hl7_connection(server, 4086)
        answers = []
        for number in range(3):
            writer.writemessage(hl7.parse(MESSAGE.format(number, number)))
            answer = await reader.readmessage()
            answers.append(str(answer.segment("MSA")))
        writer.close()
        return answers

    return asyncio.run(main())
