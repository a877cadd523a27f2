"""`mail-server`: takes mail by SMTP (RFC 5321, by aiosmtpd) and hands it out by POP3 (RFC 1939)."""

import argparse
import asyncio
import socket
import threading
from email.utils import formatdate

from aiosmtpd.smtp import SMTP, Envelope, Session

from sim.apps.command_line import PORT, CommandLine, listening
from sim.apps.mailboxes import Mailboxes
from sim.apps.pop3 import Pop3Server


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("mail-server")
    line.add_argument("--smtp-port", type=PORT, default=25, metavar="PORT")
    line.add_argument("--pop3-port", type=PORT, default=110, metavar="PORT")
    line.add_argument("--password", default="secret", metavar="WORD")
    line.add_argument("user", nargs="*", default=["alice", "bob"], metavar="USER")
    return line.parse_args(words)


class Delivery:
    """What aiosmtpd asks at each step of a session."""

    def __init__(self, boxes: Mailboxes) -> None:
        self._boxes = boxes

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """RCPT: a recipient is one of the users here; this server passes nothing on."""
        if self._boxes.user_of(address) is None:
            return f"550 5.1.1 there is no {address} here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """DATA: into each recipient's mailbox, with the trace that section 4.4 wants."""
        content = envelope.content
        assert isinstance(content, bytes)
        assert session.peer is not None
        trace = [
            f"Return-Path: <{envelope.mail_from}>",
            f"Received: from {session.host_name} ([{session.peer[0]}]) by {self._boxes.domain};",
            f"\t{formatdate()}",
        ]
        message = "".join(f"{line}\r\n" for line in trace).encode() + content
        for user in dict.fromkeys(map(self._boxes.user_of, envelope.rcpt_tos)):
            assert user is not None
            self._boxes.deliver(user, message)
            print(f"{len(content)} octets from {envelope.mail_from} for {user}")
        return "250 2.0.0 delivered"


def main(words: list[str]) -> int | None:
    """Serve for ever."""
    options = arguments(words)
    boxes = Mailboxes(socket.gethostname(), [user.lower() for user in options.user])
    with listening("mail-server", options.pop3_port):
        pop3 = Pop3Server(options.pop3_port, boxes, options.password)
    with pop3:
        threading.Thread(target=pop3.serve_forever, daemon=True).start()
        asyncio.run(_serve_smtp(options.smtp_port, boxes))
    return None


async def _serve_smtp(port: int, boxes: Mailboxes) -> None:
    delivery = Delivery(boxes)
    loop = asyncio.get_running_loop()
    with listening("mail-server", port):
        server = await loop.create_server(
            lambda: SMTP(delivery, hostname=boxes.domain, loop=loop), "0.0.0.0", port
        )
    async with server:
        await server.serve_forever()
