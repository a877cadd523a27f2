"""The standard library's own servers and clients, unmodified, blocking on simulated hosts."""

# ruff: noqa: ANN001, ANN201, ANN202

import concurrent.futures
import ftplib
import hashlib
import http.client
import http.server
import io
import poplib
import queue
import selectors
import smtplib
import socket
import socketserver
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import xmlrpc.client
import xmlrpc.server
from email.message import EmailMessage

from two_hosts import ask


class Pages(http.server.SimpleHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(hashlib.sha256(body).hexdigest().encode())


def test_http_server_with_its_own_handler_lists_a_folder_and_sends_a_file(tmp_path):
    (tmp_path / "page.html").write_text("<h1>thicknet</h1>")

    def serve():
        handler = lambda *args: Pages(*args, directory=str(tmp_path))  # noqa: E731
        http.server.ThreadingHTTPServer(("", 80), handler).serve_forever()

    def client():
        with urllib.request.urlopen("http://server/") as listing:
            names = listing.read().decode()
        with urllib.request.urlopen("http://server/page.html") as page:
            text, kind = page.read(), page.headers["Content-Type"]
        try:
            urllib.request.urlopen("http://server/none")
        except urllib.error.HTTPError as error:
            return "page.html" in names, text, kind, error.code

    assert ask(serve, client) == (True, b"<h1>thicknet</h1>", "text/html", 404)


def test_http_client_posts_a_form_of_100_kb_over_a_kept_connection():
    form = urllib.parse.urlencode({"text": "x" * 100_000}).encode()

    class Kept(Pages):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            digest = hashlib.sha256(body).hexdigest().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(digest)))
            self.end_headers()
            self.wfile.write(digest)

    def client():
        connection = http.client.HTTPConnection("server")
        digests, ports = [], set()
        for _ in range(3):
            connection.request("POST", "/form", form, {"Content-Type": "application/x-www-form-urlencoded"})
            digests.append(connection.getresponse().read())
            ports.add(connection.sock.getsockname())
        return digests, len(ports)

    digests, ports = ask(lambda: http.server.HTTPServer(("", 80), Kept).serve_forever(), client)
    assert digests == [hashlib.sha256(form).hexdigest().encode()] * 3
    assert ports == 1


def mail_server(box, port=25):
    """RFC 5321 as little as smtplib needs it, with socketserver's own line reading."""

    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 server\r\n")
            while line := self.rfile.readline():
                word = line.split()[0].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        lines.append(text)
                    box.append(b"".join(lines))
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    socketserver.ThreadingTCPServer(("", port), Session).serve_forever()


def test_smtplib_sends_a_mail():
    box = []
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@pc", "b@server", "thicknet"
    mail.set_content("Over the wire.\n")

    def client():
        with smtplib.SMTP("server") as session:
            return session.send_message(mail)

    assert ask(lambda: mail_server(box), client) == {}
    assert b"Subject: thicknet" in box[0] and b"Over the wire." in box[0]


def test_poplib_fetches_a_mail():
    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"+OK\r\n")
            answers = {
                b"STAT": b"+OK 1 12\r\n",
                b"RETR": b"+OK\r\nSubject: x\r\n\r\nbody\r\n.\r\n",
            }
            while line := self.rfile.readline():
                self.wfile.write(answers.get(line.split()[0], b"+OK\r\n"))

    def client():
        box = poplib.POP3("server")
        box.user("b")
        box.pass_("secret")
        count, _ = box.stat()
        lines = box.retr(1)[1]
        box.quit()
        return count, lines

    serve = lambda: socketserver.TCPServer(("", 110), Session).serve_forever()  # noqa: E731
    assert ask(serve, client) == (1, [b"Subject: x", b"", b"body"])


def test_ftplib_retrieves_a_file_over_a_data_connection():
    content = bytes(range(256)) * 100

    class Session(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 server\r\n")
            data = None
            while line := self.rfile.readline():
                word = line.split()[0].upper()
                if word == b"PASV":
                    data = socket.create_server((self.request.getsockname()[0], 0))
                    host, port = data.getsockname()
                    numbers = ",".join([*host.split("."), str(port >> 8), str(port & 255)])
                    self.wfile.write(f"227 Entering Passive Mode ({numbers})\r\n".encode())
                elif word == b"RETR":
                    self.wfile.write(b"150 here it comes\r\n")
                    connection, _ = data.accept()
                    connection.sendall(content)
                    connection.close()
                    self.wfile.write(b"226 done\r\n")
                else:
                    self.wfile.write(b"230 ok\r\n" if word in (b"USER", b"PASS") else b"200 ok\r\n")

    def client():
        ftp = ftplib.FTP("server")
        ftp.login()
        file = io.BytesIO()
        ftp.retrbinary("RETR file", file.write)
        ftp.quit()
        return file.getvalue()

    serve = lambda: socketserver.ThreadingTCPServer(("", 21), Session).serve_forever()  # noqa: E731
    assert ask(serve, client) == content


def test_xmlrpc_calls_a_procedure():
    def serve():
        server = xmlrpc.server.SimpleXMLRPCServer(("", 8000), logRequests=False)
        server.register_function(pow)
        server.serve_forever()

    assert ask(serve, lambda: xmlrpc.client.ServerProxy("http://server:8000").pow(2, 10)) == 1024


def test_threads_queue_and_selectors_together():
    """A server on `selectors`, a client with a pool whose workers hand answers over in a queue."""

    def serve():
        chooser = selectors.DefaultSelector()
        listener = socket.create_server(("", 7))
        chooser.register(listener, selectors.EVENT_READ)
        while True:
            for key, _ in chooser.select():
                if key.fileobj is listener:
                    connection, _ = listener.accept()
                    chooser.register(connection, selectors.EVENT_READ)
                elif data := key.fileobj.recv(1000):
                    key.fileobj.sendall(data[::-1])
                else:
                    chooser.unregister(key.fileobj)
                    key.fileobj.close()

    def client():
        answers = queue.Queue()

        def work(number):
            with socket.create_connection(("server", 7)) as connection:
                time.sleep(number / 100)
                connection.sendall(b"message %d" % number)
                answers.put(connection.recv(1000))
            return threading.current_thread().name

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            names = set(pool.map(work, range(12)))
        return len(names), sorted(answers.get() for _ in range(12))

    assert ask(serve, client) == (4, sorted((b"message %d" % n)[::-1] for n in range(12)))
