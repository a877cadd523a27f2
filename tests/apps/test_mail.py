"""Mail: SMTP in, POP3 out, by the standard library's clients (RFC 5321, RFC 1939)."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import hashlib
import poplib
import re
import smtplib
import socket

import pytest
from lan_of_programs import run
from two_hosts import ask

from sim.apps import mail_server, site


def test_a_message_with_an_attachment_goes_by_smtp_and_comes_by_pop3():
    network, outcome = run(
        "server: mail-server",
        "pc: send-mail --subject 'The cable' --attach 50000 alice@server bob@server It works.",
        "pc: ping -c 1 server",
    )
    assert outcome.succeeded
    digest = hashlib.sha256(site.file("pc", 50_000)).hexdigest()
    assert network.output("pc")[0] == f"attached data.bin: 50000 octets, sha256 {digest}"
    assert "server has taken it" in network.output("pc")
    assert re.fullmatch(r"\d+ octets from alice@server for bob", network.output("server")[0])


def test_fetching_empties_the_mailbox():
    def main(words):
        from sim.apps import fetch_mail, send_mail

        assert (
            send_mail.main(
                ["--subject", "The cable", "--attach", "50000", "alice@pc", "bob@server", ".", "dot"]
            )
            is None
        )
        assert send_mail.main(["alice@pc", "Bob@server"]) is None
        for words in (["--keep", "bob@server"], ["bob@server"], ["bob@server"], ["alice@server"]):
            assert fetch_mail.main(words) is None

    network, outcome = run("server: mail-server", servers={}, clients={"pc": main})
    assert outcome.succeeded, network.output("pc", "stderr")
    digest = hashlib.sha256(site.file("pc", 50_000)).hexdigest()
    attached = f"data.bin: 50000 octets, sha256 {digest}"
    both = [
        "2 messages",
        "from alice@pc: The cable",
        ". dot",
        attached,
        "from alice@pc: Hello",
        "How do you do?",
    ]
    assert network.output("pc") == [
        f"attached {attached}",
        "server has taken it",
        "server has taken it",
        *both,
        *both,
        "0 messages",
        "0 messages",
    ]


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("send-mail alice@pc carol@server", "send-mail: 550 5.1.1 there is no carol@server here"),
        ("send-mail --server server alice@pc bob@pc", "send-mail: 550 5.1.1 there is no bob@pc here"),
        ("send-mail alice@pc bob@nowhere", "send-mail: nowhere: Name or service not known"),
        ("send-mail --port 26 alice@pc bob@server", "send-mail: server: Connection refused"),
        ("fetch-mail carol@server", "fetch-mail: server: -ERR wrong user or password"),
        ("fetch-mail --password x bob@server", "fetch-mail: server: -ERR wrong user or password"),
        ("fetch-mail --port 111 bob@server", "fetch-mail: server: Connection refused"),
        ("fetch-mail bob@nowhere", "fetch-mail: nowhere: Name or service not known"),
    ],
)
def test_what_goes_wrong_is_a_sentence(command, complaint):
    network, outcome = run("server: mail-server", f"pc: {command}")
    assert network.output("pc", "stderr") == [complaint]
    assert outcome.failures[0].reason == "exit status 1"


@pytest.mark.parametrize(
    "command", ["send-mail --timeout 2 alice@pc bob@server", "fetch-mail --timeout 2 bob@server"]
)
def test_a_server_that_says_nothing(command):
    def silent(words):
        listening = [socket.create_server(("", port)) for port in (25, 110)]
        connection, _ = listening[command.startswith("fetch")].accept()
        while connection.recv(100):
            pass

    network, _ = run(f"pc: {command}", servers={"server": silent})
    (complaint,) = network.output("pc", "stderr")
    assert complaint.startswith(f"{command.split()[0]}: server: ")
    assert complaint.endswith("timed out")


def serve():
    mail_server.main([])


def deliver(*messages):
    with smtplib.SMTP("server") as session:
        for text in messages:
            session.sendmail("a@pc", ["bob@server"], text)


def log_in():
    session = poplib.POP3("server")
    session.user("bob")
    session.pass_("secret")
    return session


def test_rfc_1939_listings_and_the_update_state():
    def client():
        deliver(b"Subject: 1\r\n\r\none\r\n", b"Subject: 2\r\n\r\ntwo\r\n..\r\n.\r\nend\r\n")
        session = log_in()
        count, octets = session.stat()
        sizes = [int(line.split()[1]) for line in session.list()[1]]
        names = [line.split()[1] for line in session.uidl()[1]]
        assert (count, octets) == (2, sum(sizes))
        assert len(set(names)) == 2
        assert session.list(2).split() == [b"+OK", b"2", str(sizes[1]).encode()]
        assert session.uidl(1).split()[2] == names[0]
        _, lines, _ = session.retr(2)
        assert sum(len(line) + 2 for line in lines) == sizes[1]
        assert lines[lines.index(b"") :] == [b"", b"two", b"..", b".", b"end"]
        assert session.top(2, 1)[1][-2:] == [b"", b"two"]
        session.dele(1)
        with pytest.raises(poplib.error_proto, match="no such message"):
            session.retr(1)
        assert session.stat() == (1, sizes[1])
        session.rset()
        assert session.stat() == (2, octets)
        session.dele(1)
        session.noop()
        session.close()  # without QUIT: nothing is deleted (section 6)
        session = log_in()
        assert session.stat()[0] == 2
        session.dele(1)
        session.quit()
        session = log_in()
        assert session.uidl()[1][0].split()[1] == names[1]
        return "\n".join(session.retr(1)[1][i].decode() for i in range(3))

    trace = ask(serve, client)
    assert re.fullmatch(
        r"Return-Path: <a@pc>\nReceived: from (\S+) \(\1\) by server;\n\t.* 2026 .*",
        trace,
    )


def test_rfc_1939_a_mailbox_is_locked_while_it_is_read_and_new_mail_waits():
    def client():
        deliver(b"Subject: 1\r\n\r\none\r\n")
        first = log_in()
        with pytest.raises(poplib.error_proto, match="locked"):
            log_in()
        deliver(b"Subject: 2\r\n\r\ntwo\r\n")
        assert first.stat()[0] == 1
        first.dele(1)
        first.quit()
        second = log_in()
        return second.stat()[0], second.retr(1)[1][-1]

    assert ask(serve, client) == (1, b"two")


def test_rfc_1939_commands_have_their_state():
    def client():
        session = poplib.POP3("server")
        answers = []
        for line in (
            "STAT",
            "PASS secret",
            "XYZ",
            "USER bob",
            "PASS secret",
            "USER bob",
            "LIST 9",
            "TOP 1",
            "DELE",
        ):
            try:
                answers.append(session._shortcmd(line))
            except poplib.error_proto as error:
                answers.append(error.args[0])
        return [answer.decode() for answer in answers]

    assert ask(serve, client) == [
        "-ERR STAT not now",
        "-ERR wrong user or password",
        "-ERR unknown command",
        "+OK password?",
        "+OK 0 messages",
        "-ERR USER not now",
        "-ERR no such message",
        "-ERR no such message",
        "-ERR no such message",
    ]
