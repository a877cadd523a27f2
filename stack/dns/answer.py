"""What a question to the DNS comes to."""

from enum import Enum
from typing import NamedTuple


class Status(Enum):
    """The first three hold for as long as a TTL says; `TRY_AGAIN` holds for nothing."""

    FOUND = "found"
    NO_NAME = "no such name"
    NO_DATA = "no data of this type"
    TRY_AGAIN = "no name server has an answer"


class Answer(NamedTuple):
    """`name` is the canonical name, without its last dot; `records` are addresses or names, as text."""

    status: Status
    name: str
    records: tuple[str, ...] = ()
    ttl: int = 0
    """Seconds."""
