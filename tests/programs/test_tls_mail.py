"""Mail and files over TLS: the standard library's clients with servers of a few lines."""

# ruff: noqa: ANN001, ANN201, ANN202

import ftplib
import imaplib
import poplib
import smtplib
import socket

import pytest
from certificates import client_context, server_context
from two_hosts import ask


def scripted(port, greeting, answers, secure=False):
    """A server of lines: its answers by the word that a line begins with (of IMAP the second one)."""

    def serve():
        with socket.create_server(("", port)) as listener:
            connection, _ = listener.accept()
        if secure:
            connection = server_context().wrap_socket(connection, server_side=True)
        connection.sendall(greeting)
        lines = connection.makefile("rb")
        while line := lines.readline().upper():
            tag, _, rest = line.partition(b" ") if port in (143, 993) else (b"", b"", line)
            words = rest.split() or [b""]
            connection.sendall(answers.get(words[0], b"%s OK done\r\n").replace(b"%s", tag))
            if words[0] in (b"STLS", b"STARTTLS", b"AUTH"):
                connection = server_context().wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")

    return serve


def pop(client):
    return client.stat(), client.quit()


def imap(client):
    return client.login("you", "secret")[0], client.select()[1], client.logout()[0]


def smtp(client):
    refused = client.sendmail("me@pc", "you@server", "Subject: hello")
    return client.ehlo()[0], refused, client.quit()


def ftp(client):
    return client.login("you", "secret"), client.pwd(), client.quit()


POP = {
    b"STAT": b"+OK 2 320\r\n",
    b"STLS": b"+OK\r\n",
    b"CAPA": b"+OK\r\nSTLS\r\n.\r\n",
    b"QUIT": b"+OK bye\r\n",
}
IMAP = {
    b"CAPABILITY": b"* CAPABILITY IMAP4REV1 STARTTLS\r\n%s OK done\r\n",
    b"SELECT": b"* 3 EXISTS\r\n%s OK done\r\n",
    b"LOGOUT": b"* BYE\r\n%s OK done\r\n",
}
SMTP = {
    b"EHLO": b"250-server\r\n250 STARTTLS\r\n",
    b"STARTTLS": b"220 go on\r\n",
    b"MAIL": b"250 OK\r\n",
    b"RCPT": b"250 OK\r\n",
    b"DATA": b"354 go on\r\n",
    b"SUBJECT:": b"",
    b".": b"250 taken\r\n",
    b"QUIT": b"221 bye\r\n",
}
FTP = {
    b"AUTH": b"234 go on\r\n",
    b"USER": b"331 password\r\n",
    b"PASS": b"230 welcome\r\n",
    b"PBSZ": b"200 OK\r\n",
    b"PROT": b"200 OK\r\n",
    b"PWD": b'257 "/home"\r\n',
    b"QUIT": b"221 bye\r\n",
}


@pytest.mark.parametrize(
    ("port", "greeting", "answers", "client", "talk"),
    [
        (995, b"+OK\r\n", POP, lambda tls: poplib.POP3_SSL("server", context=tls), pop),
        (110, b"+OK\r\n", POP, lambda tls: upgraded(poplib.POP3("server"), "stls", tls), pop),
        (993, b"* OK\r\n", IMAP, lambda tls: imaplib.IMAP4_SSL("server", ssl_context=tls), imap),
        (143, b"* OK\r\n", IMAP, lambda tls: upgraded(imaplib.IMAP4("server"), "starttls", tls), imap),
        (465, b"220\r\n", SMTP, lambda tls: smtplib.SMTP_SSL("server", context=tls), smtp),
        (25, b"220\r\n", SMTP, lambda tls: upgraded(smtplib.SMTP("server"), "starttls", tls), smtp),
        (21, b"220\r\n", FTP, lambda tls: ftplib.FTP_TLS("server", context=tls), ftp),
    ],
)
def test_mail_and_files_over_tls(port, greeting, answers, client, talk):
    """TLS from the beginning, and after STLS (RFC 2595), STARTTLS (RFC 3207) or AUTH TLS (RFC 4217)."""
    serve = scripted(port, greeting, answers, secure=port in (993, 995, 465))
    assert ask(serve, lambda: talk(client(client_context())))


def upgraded(client, call, tls):
    getattr(client, call)(**{"ssl_context" if isinstance(client, imaplib.IMAP4) else "context": tls})
    return client
