"""Programs of the gallery: on the loopback interface of this machine, or on two simulated hosts.

    python run.py here|link|hub PROGRAM...

prints what each `ask` returned, as JSON. Run it where a leak reaches nothing: in a network namespace.
"""

import json
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER / "programs"))
REFUSALS = "a simulated program reached for", " is refused: ", " is not simulated; "


def here(names):
    """What each client gets from its server on 127.0.0.1, which needs a moment to begin."""
    asking = {name: __import__(name).ask for name in names}
    fork = multiprocessing.get_context("fork")  # of packages that are imported once
    servers = [fork.Process(target=serve, args=[name]) for name in names]
    try:
        for server in servers:
            server.start()
        return {
            name: patient(ask, server) for (name, ask), server in zip(asking.items(), servers, strict=True)
        }
    finally:
        for server in servers:
            server.kill()


def serve(name):
    os.chdir(tempfile.mkdtemp())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    __import__(name).serve()


def patient(ask, server):
    for _ in range(100):
        try:
            return ask("127.0.0.1")
        except Exception:  # each package has its own for a port that is not open yet
            if not server.is_alive():
                raise
            time.sleep(0.2)
    raise TimeoutError


def simulated(names, hub):
    """The same on two hosts."""
    from sim import Lan

    lan = Lan(folder=Path(tempfile.mkdtemp()), until="30 s")  # services that are never idle, too
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    if hub:
        lan.hub("hub", ports=4)
        lan.cable("one", "5 m", ["pc", "hub.1"])
        lan.cable("other", "5 m", ["server", "hub.2"])
    else:
        lan.link(delay="100 us")

    def serve(name):
        __import__(name).serve()  # which imports it in the program

    def ask(name):
        return __import__(name).ask("server")

    serving = [lan.program("server", serve, name, service=True) for name in names]
    asking = {name: lan.program("pc", ask, name, at="1 s") for name in names}
    run = lan.run(engine="compiled" if hub else "myhdl", check=False)
    if not run.outcome.succeeded:
        errors = [job.errors for job in (*serving, *asking.values()) if job.errors]
        print(*(line for lines in errors for line in lines), run.outcome, sep="\n", file=sys.stderr)
        last = [lines[-1] for lines in errors]
        refusals = (
            line.rpartition("serve(): ")[2] for line in last if any(words in line for words in REFUSALS)
        )
        print(next(refusals, run.outcome))
        sys.exit(1)
    return {name: job.result() for name, job in asking.items()}


if __name__ == "__main__":
    _, where, *programs = sys.argv
    answers = here(programs) if where == "here" else simulated(programs, where == "hub")
    print(json.dumps(answers))
