"""`send-mail FROM TO TEXT…`: hand a message to the recipient's mail server with smtplib."""

import argparse
import smtplib
import socket
import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from sim.apps import site
from sim.apps.command_line import PORT, CommandLine, between
from sim.apps.fetch import hash_line

_LARGEST = 10_000_000


def mailbox(text: str) -> str:
    """An argument type: an address such as alice@server."""
    local, at, domain = text.partition("@")
    if not (local and at and domain) or "@" in domain or not text.isascii() or any(c in text for c in " <>,"):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address like alice@server")
    return text


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("send-mail")
    line.add_argument("--subject", default="Hello", metavar="TEXT")
    line.add_argument("--attach", type=between(1, _LARGEST), metavar="OCTETS")
    line.add_argument("--server", metavar="HOST")
    line.add_argument("--port", type=PORT, default=25, metavar="PORT")
    line.add_argument("--timeout", type=between(0.001, 86_400, float), default=300.0, metavar="SECONDS")
    line.add_argument("sender", type=mailbox, metavar="FROM")
    line.add_argument("recipient", type=mailbox, metavar="TO")
    line.add_argument("text", nargs="*", default=["How do you do?"], metavar="TEXT")
    return line.parse_args(words)


def message(options: argparse.Namespace, host: str) -> EmailMessage:
    """What is to be sent, with an attachment if one is asked for."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = options.sender, options.recipient, options.subject
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=host)
    mail.set_content(" ".join(options.text) + "\n")
    if options.attach is not None:
        data = site.file(host, options.attach)
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename="data.bin")
        print(f"attached data.bin: {hash_line(data)}")
    return mail


def main(words: list[str]) -> int | None:
    """Send; 1 when the server did not take it."""
    options = arguments(words)
    server = options.server or options.recipient.partition("@")[2]
    mail = message(options, socket.gethostname())
    try:
        with smtplib.SMTP(server, options.port, timeout=options.timeout) as session:
            session.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code, reason = next(iter(error.recipients.values()))
        return _failed(f"{code} {reason.decode('utf-8', 'replace')}")
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        return _failed(f"{error.smtp_code} {said if isinstance(said, str) else said.decode()}")
    except OSError as error:
        return _failed(f"{server}: {error.strerror or error}")
    print(f"{server} has taken it")
    return None


def _failed(why: str) -> int:
    print(f"send-mail: {why}", file=sys.stderr)
    return 1
