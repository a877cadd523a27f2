"""`fetch-mail USER@SERVER`: read what is in a mailbox with poplib, and empty it."""

import argparse
import poplib
import sys
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from journal.words import counted
from sim.apps.command_line import PORT, CommandLine, between
from sim.apps.fetch import hash_line
from sim.apps.send_mail import mailbox


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("fetch-mail")
    line.add_argument("--keep", action="store_true")
    line.add_argument("--password", default="secret", metavar="WORD")
    line.add_argument("--port", type=PORT, default=110, metavar="PORT")
    line.add_argument("--timeout", type=between(0.001, 86_400, float), default=300.0, metavar="SECONDS")
    line.add_argument("mailbox", type=mailbox, metavar="USER@SERVER")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Print each message; 1 when the mailbox cannot be read."""
    options = arguments(words)
    user, _, server = options.mailbox.partition("@")
    try:
        session = poplib.POP3(server, options.port, options.timeout)
        session.user(user)
        session.pass_(options.password)
        count, _ = session.stat()
        print(counted(count, "message"))
        for number in range(1, count + 1):
            _, lines, _ = session.retr(number)
            _tell(b"".join(line + b"\r\n" for line in lines))
            if not options.keep:
                session.dele(number)
        session.quit()
    except poplib.error_proto as error:
        reason = error.args[0]
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        print(f"fetch-mail: {server}: {text}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"fetch-mail: {server}: {error.strerror or error}", file=sys.stderr)
        return 1
    return None


def _tell(octets: bytes) -> None:
    mail = BytesParser(EmailMessage, policy=policy.default).parsebytes(octets)
    print(f"from {mail['From']}: {mail['Subject']}")
    body = mail.get_body(("plain",))
    if body is not None:
        print("\n".join(body.get_content().splitlines()))
    for part in mail.iter_attachments():
        content = part.get_content()
        data = content if isinstance(content, bytes) else str(content).encode()
        print(f"{part.get_filename()}: {hash_line(data)}")
