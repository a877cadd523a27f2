"""pyftpdlib: files by FTP, sent with sendfile, fetched by ftplib."""

import ftplib
import hashlib
import io
import logging
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

PACKAGE = "pyftpdlib"


def serve():
    logging.disable()
    folder = Path("ftp").absolute()
    folder.mkdir(exist_ok=True)
    (folder / "file").write_bytes(bytes(range(256)) * 800)
    authorizer = DummyAuthorizer()
    authorizer.add_user("you", "secret", str(folder), perm="elradfmw")

    class Handler(FTPHandler):
        pass

    Handler.authorizer = authorizer
    FTPServer(("", 4006), Handler).serve_forever(handle_exit=False)


def ask(server):
    with ftplib.FTP() as client:
        client.connect(server, 4006, timeout=5)
        client.login("you", "secret")
        fetched = bytearray()
        client.retrbinary("RETR file", fetched.extend)
        client.storbinary("STOR other", io.BytesIO(b"stored" * 1000))
        size = client.size("other")
        return hashlib.sha256(fetched).hexdigest(), sorted(client.nlst()), size
