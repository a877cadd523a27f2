"""aiosmtplib: mail over STARTTLS, with a name and password, to aiosmtpd."""

import asyncio
import ssl
import threading
from email.message import EmailMessage

import aiosmtpd.controller
import aiosmtpd.handlers
import aiosmtplib
import trustme
from aiosmtpd.smtp import AuthResult

PACKAGE = "aiosmtplib"


def serve():
    trustme.CA().issue_cert("server").private_key_and_cert_chain_pem.write_to_path("server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem")
    aiosmtpd.controller.Controller(
        aiosmtpd.handlers.Sink(),
        hostname="0.0.0.0",
        port=4072,
        tls_context=context,
        authenticator=lambda server, session, envelope, mechanism, data: AuthResult(
            success=data.password == b"secret"
        ),
    ).start()
    threading.Event().wait()


def ask(server):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "me@pc", "you@server", "hello"
    message.set_content("line\n" * 1000)
    sent = aiosmtplib.send(
        message,
        hostname=server,
        port=4072,
        start_tls=True,
        validate_certs=False,
        username="me",
        password="secret",
        local_hostname="pc",
    )
    return asyncio.run(sent)[0]
