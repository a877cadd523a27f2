"""bottle on wsgiref's server, asked by urllib."""

import urllib.request

import bottle

PACKAGE = "bottle"


def serve():
    application = bottle.Bottle()
    application.route("/hello/<name>", callback=lambda name: f"hello {name}")
    bottle.run(application, host="0.0.0.0", port=4011, quiet=True)


def ask(server):
    pages = (urllib.request.urlopen(f"http://{server}:4011/hello/{number}", timeout=5) for number in range(3))
    return [page.read().decode() for page in pages]
