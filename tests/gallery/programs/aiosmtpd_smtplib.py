"""aiosmtpd: mail taken from smtplib."""

import smtplib
import time

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink

PACKAGE = "aiosmtpd"


def serve():
    Controller(Sink(), hostname="0.0.0.0", port=4016).start()
    while True:
        time.sleep(60)


def ask(server):
    with smtplib.SMTP(server, 4016, local_hostname="pc") as client:
        refused = client.sendmail("me@pc", ["you@server"], "Subject: hello\r\n\r\n" + "line\r\n" * 1000)
        return refused, client.noop()[0]
