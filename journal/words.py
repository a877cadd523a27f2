"""How counts are written."""


def counted(number: int, noun: str) -> str:
    """How many of what: `1 octet`, `3 octets`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
