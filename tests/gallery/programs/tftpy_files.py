"""tftpy: files by TFTP, whose server answers each transfer from a port of its own."""

import hashlib
import io
import logging
from pathlib import Path

import tftpy

PACKAGE = "tftpy"


def serve():
    logging.disable()
    Path("tftp").mkdir(exist_ok=True)
    Path("tftp/file").write_bytes(bytes(range(256)) * 100)
    tftpy.TftpServer("tftp").listen("0.0.0.0", 4033)


def ask(server):
    client = tftpy.TftpClient(server, 4033, flock=False)
    fetched = io.BytesIO()
    client.download("file", fetched, timeout=2)
    client.upload("other", io.BytesIO(b"stored" * 100), timeout=2)
    again = io.BytesIO()
    client.download("other", again, timeout=2)
    return hashlib.sha256(fetched.getvalue()).hexdigest(), len(again.getvalue())
