"""cheroot's HTTP server with TLS, asked by requests."""

import http.client
import ssl

import trustme
from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

PACKAGE = "cheroot"


def serve():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.url_scheme"].encode() + environ["PATH_INFO"].encode()]

    certificate = trustme.CA().issue_cert("server")
    certificate.private_key_and_cert_chain_pem.write_to_path("server.pem")
    server = wsgi.Server(("0.0.0.0", 4027), application)
    server.ssl_adapter = BuiltinSSLAdapter("server.pem", "server.pem")
    server.start()


def ask(server):
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(server, 4027, context=context, timeout=5)
    answers = []
    for number in range(3):
        connection.request("GET", f"/{number}")
        answers.append(connection.getresponse().read().decode())
    connection.close()
    return answers
