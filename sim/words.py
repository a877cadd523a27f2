"""What is said of a name that does not exist."""

import difflib
from collections.abc import Collection


def no_such(name: str, what: str, known: Collection[str], otherwise: str) -> str:
    """A sentence for a name that does not exist: what is near to it, or else where to look."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name}: there is no such {what}; " + (f'did you mean "{near[0]}"?' if near else otherwise)
