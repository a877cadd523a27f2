"""A leader election: of several computers, one at most may act for all.

It knows nothing of thicknet. A node that has not heard of a leader for a while asks all for their votes. A
vote is a promise: for the time of a lease the voter gives none to another node. Who has the votes of a
majority leads until the first of the promises ends, and asks again before that. So two nodes never lead at
once, whatever the network does, if their clocks run equally fast, and if a node that begins again, which
does not know what it has promised, waits for the time of a lease before it votes.
"""

import json
import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

PORT = 7003
LEASE_S = 2.0
RENEWAL_S = 0.5
"""How often a leader asks for votes."""
WORK_S = 0.1
"""How often it acts as one."""


class Node:
    """One of `nodes`, which are names of hosts. `acted` has the times at which it acted as the leader.

    The last three arguments are there to show what goes wrong with other values.
    """

    def __init__(
        self,
        name: str,
        nodes: list[str],
        *,
        quorum: int | None = None,
        waits: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.acted: list[float] = []
        self._nodes = nodes
        self._quorum = quorum or len(nodes) // 2 + 1
        self._waits = waits
        self._clock = clock

    def run(self) -> None:
        """Take part for ever."""
        now = self._clock()
        self._voted_for = ""
        self._promised_until = now + LEASE_S if self._waits else now
        self._votes: set[str] = set()
        self._asked_at = self._leads_until = now
        self._stand_later(now)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as self._socket:
            self._socket.bind(("", PORT))
            while True:
                self._act(self._clock())
                try:
                    message = json.loads(self._socket.recv(1000))
                except OSError:  # nothing came in time, or a host is not there
                    continue
                (self._vote if message["what"] == "ask" else self._count)(message, self._clock())

    def _act(self, now: float) -> None:
        """Do what is due, and say when the next thing is."""
        leads = now < self._leads_until
        if leads:
            self.acted.append(time.monotonic())
        if now >= self._stands_at or (leads and now >= self._asked_at + RENEWAL_S):
            self._votes, self._asked_at = set(), now
            self._stand_later(now)
            for node in sorted(self._nodes, key=lambda node: node != self.name):  # its own vote first
                self._send(node, {"what": "ask", "by": self.name, "at": now})
        self._socket.settimeout(WORK_S if leads else max(self._stands_at - now, WORK_S))

    def _stand_later(self, now: float) -> None:
        self._stands_at = now + random.uniform(LEASE_S, 2 * LEASE_S)

    def _vote(self, message: dict[str, Any], now: float) -> None:
        """Promise the vote, unless it is promised to another."""
        if now < self._promised_until and message["by"] != self._voted_for:
            return
        self._voted_for, self._promised_until = message["by"], now + LEASE_S
        self._stand_later(now)
        self._send(message["by"], {"what": "vote", "by": self.name, "at": message["at"]})

    def _count(self, message: dict[str, Any], now: float) -> None:
        """Take a vote; the promise was made after it was asked for, and so ends later than the lease."""
        if message["at"] == self._asked_at:  # else it is of an election that is over
            self._votes.add(message["by"])
            if len(self._votes) >= self._quorum:
                self._leads_until = self._asked_at + LEASE_S

    def _send(self, to: str, message: dict[str, Any]) -> None:
        with suppress(OSError):  # as if it were lost on the way
            self._socket.sendto(json.dumps(message).encode(), (to, PORT))
