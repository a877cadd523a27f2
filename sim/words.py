"""Words that all that is told to a reader has in common."""


def counted(number: object, noun: str) -> str:
    """How many of what: `1 octet`, `3 octets`. The number may be told as text."""
    return f"{number} {noun}" if str(number) == "1" else f"{number} {noun}s"
