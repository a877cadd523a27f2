"""What system calls cost a thread: processor time, which it owes and sleeps off.

Without it a loop of calls that never wait would stop simulated time. A call costs little, so that a program
that works takes hardly longer than in no time; but one that only polls, as a server does that always asks for
writable sockets, too, would take ten million calls in a second. Its questions become dearer: the n-th in a
row, with no other call and no wait between, costs n calls. That is 4,500 in a second, and the thread, which
reacts when its last question is done, does so up to 0.1 ms late after 50 ms, 0.45 ms late after a second.
"""

SYSTEM_CALL_NS = 100
"""Processor time of one system call of a simulated host."""
DEBT_NS = 1_000
"""System-call time that a thread may owe before it sleeps it off: fewer switches, hardly less exact."""
CLOCK_DEBT_NS = 10_000
"""The same where only a clock is read, as the library does while it holds locks: only loops switch there."""
POLLS = 100
"""How many questions in a row cost one call each; only those after them become dearer."""


class Polling:
    """The questions of a thread, in a row, what is ready."""

    def __init__(self) -> None:
        self._row = 0
        self._next = -1
        """What the thread is charged until then if the next question follows at once."""

    def extra(self, charged: int) -> int:
        """What a question costs on top, ns, of a thread that was charged `charged` ns until then."""
        self._row = self._row + 1 if charged == self._next else 0
        self._next = charged + SYSTEM_CALL_NS
        return SYSTEM_CALL_NS * self._row if self._row > POLLS else 0

    def waited(self) -> None:
        """The thread has waited for an answer."""
        self._next = -1
