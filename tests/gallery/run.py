"""One program of the gallery: on the loopback interface of this machine, or on two simulated hosts.

    python run.py here|serve|link|hub PROGRAM

prints what `ask` returned, as JSON. Run it where a leak reaches nothing, in a network namespace of its own.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER / "programs"))


def here(name):
    """What the client gets from the server on 127.0.0.1, which needs a moment to begin."""
    server = subprocess.Popen([sys.executable, __file__, "serve", name], cwd=tempfile.mkdtemp())
    try:
        return patient(__import__(name).ask, server)
    finally:
        server.kill()


def patient(ask, server):
    for _ in range(100):
        try:
            return ask("127.0.0.1")
        except Exception:  # each package has its own for a port that is not open yet
            if server.poll() is not None:
                raise
            time.sleep(0.2)
    raise TimeoutError


def simulated(name, hub):
    """The same on two hosts."""
    from sim import Lan

    lan = Lan(folder=Path(tempfile.mkdtemp()))
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    if hub:
        lan.hub("hub", ports=4)
        lan.cable("one", "5 m", ["pc", "hub.1"])
        lan.cable("other", "5 m", ["server", "hub.2"])
    else:
        lan.link(delay="100 us")
    serving = lan.program("server", lambda: __import__(name).serve(), service=True)  # which imports it
    job = lan.program("pc", lambda: __import__(name).ask("server"), at="1 s")
    run = lan.run(engine="compiled" if hub else "myhdl", check=False)
    if not run.outcome.succeeded:
        print(*job.errors, *serving.errors, run.outcome, sep="\n", file=sys.stderr)
        if serving.errors and "a simulated program reached for" in serving.errors[-1]:
            sys.exit(serving.errors[-1])
    return job.result()


if __name__ == "__main__":
    _, where, program = sys.argv
    if where == "serve":
        __import__(program).serve()
    else:
        answer = here(program) if where == "here" else simulated(program, where == "hub")
        print(json.dumps(answer))
