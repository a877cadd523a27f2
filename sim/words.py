"""Words that all that is told to a reader has in common."""

import difflib
from collections.abc import Collection


def counted(number: object, noun: str) -> str:
    """How many of what: `1 octet`, `3 octets`. The number may be told as text."""
    return f"{number} {noun}" if str(number) == "1" else f"{number} {noun}s"


def no_such(name: str, what: str, known: Collection[str], otherwise: str) -> str:
    """A sentence for a name that does not exist: what is near to it, or else where to look."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name}: there is no such {what}; " + (f'did you mean "{near[0]}"?' if near else otherwise)
