"""What the DNS resolver reports."""

from journal.kind import Address, EventKind, Seconds


class _Dns(EventKind, layer="dns"):
    """A question has a name and a type."""

    name: str
    type: str


class Question(_Dns, kind="question"):
    """asks {server} over {over}: {type} of {name}?"""

    server: Address
    over: str


class Reply(_Dns, kind="answer"):
    """{server} answers: {type} of {name} is {answer}, for {ttl}"""

    server: Address
    answer: str
    ttl: Seconds


class Cached(_Dns, kind="cached"):
    """from the cache: {type} of {name} is {answer}, for {ttl}"""

    answer: str
    ttl: Seconds


class NextServer(_Dns, kind="next server"):
    """{server} does not answer for {type} of {name}: {reason}"""

    server: Address
    reason: str


class Drop(EventKind, layer="dns", kind="drop"):
    """drops a message from {server}: {reason}"""

    server: Address
    reason: str
