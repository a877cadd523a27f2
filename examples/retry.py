"""A small retry library, and a shop that uses it.

It knows nothing of thicknet. A call that fails is made again after a pause, which doubles each time and of
which a random part is taken ("full jitter"), so that clients whose server has failed do not all come back
at once. A request that is made again must not be carried out again: each has a name of its own, by which
the server recognizes it.
"""

import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
PORT = 7002


def retry(
    call: Callable[[], T], *, tries: int = 8, pause: float = 0.1, longest: float = 10.0, jitter: bool = True
) -> T:
    """What `call` returns; it is made again when it raises OSError, `tries` times in all."""
    for number in range(tries - 1):
        try:
            return call()
        except OSError:
            bound = min(longest, pause * 2**number)
            time.sleep(random.uniform(0, bound) if jitter else bound)
    return call()


class Shop:
    """Takes orders: a line `NAME ARTICLE`, answered with `ordered`."""

    def __init__(self, *, recognizes: bool = True) -> None:
        self.orders: list[str] = []
        self.asked: list[float] = []
        """When somebody came, on the shop's clock."""
        self._known: set[str] = set()
        self._recognizes = recognizes

    def run(self) -> None:
        """Serve for ever, one customer after the other."""
        with socket.create_server(("", PORT), backlog=50) as listener:
            while True:
                connection, _ = listener.accept()
                self.asked.append(time.monotonic())
                with connection, suppress(OSError):  # the customer has gone, and will come again
                    connection.settimeout(1)
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        name, article = connection.makefile().readline().split()
        if name not in self._known or not self._recognizes:
            self._known.add(name)
            self.orders.append(article)
        connection.sendall(b"ordered\n")


def order(shop: str, name: str, article: str, *, jitter: bool = True) -> None:
    """Order something, however bad the network is."""

    def once() -> None:
        with socket.create_connection((shop, PORT), timeout=1) as connection:
            connection.sendall(f"{name} {article}\n".encode())
            if connection.makefile().readline() != "ordered\n":
                raise ConnectionError("the shop has gone")

    retry(once, jitter=jitter)
