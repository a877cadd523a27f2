"""What was learned, until its time has passed: RFC 1034 section 5.3.3, and for denials RFC 2308."""

from stack.dns.answer import Answer

_SECOND = 1_000_000_000

Key = tuple[str, str]
"""A name in small letters and a type."""


class Cache:
    """At most `capacity` answers; the oldest gives way."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._answers: dict[Key, tuple[int, Answer]] = {}  # by age; each with the instant of its end

    def put(self, key: Key, answer: Answer, now: int) -> None:
        """Keep `answer` for its TTL. One of 0 is for the question that it answers alone (RFC 1035 3.2.1)."""
        self._answers.pop(key, None)
        if answer.ttl <= 0:
            return
        while len(self._answers) >= self._capacity:
            del self._answers[next(iter(self._answers))]
        self._answers[key] = now + answer.ttl * _SECOND, answer

    def find(self, key: Key, now: int) -> Answer | None:
        """What is known, with the TTL that is left, in seconds."""
        expires, answer = self._answers.get(key, (0, None))
        if answer is None:
            return None
        if expires <= now:
            del self._answers[key]
            return None
        return answer._replace(ttl=-(-(expires - now) // _SECOND))

    def __len__(self) -> int:
        return len(self._answers)
