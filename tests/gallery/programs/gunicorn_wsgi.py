"""gunicorn, whose workers are forked."""

import urllib.request

from gunicorn.app.base import BaseApplication

PACKAGE = "gunicorn"


class Application(BaseApplication):
    def load_config(self):
        self.cfg.set("bind", "0.0.0.0:4023")
        self.cfg.set("loglevel", "critical")

    def load(self):
        def application(environ, start_response):
            start_response("200 OK", [])
            return [environ["PATH_INFO"].encode()]

        return application


def serve():
    import sys

    sys.argv = sys.argv[:1]
    Application().run()


def ask(server):
    return urllib.request.urlopen(f"http://{server}:4023/page", timeout=5).read().decode()
