"""Texts of a report, each once: columns hold their numbers."""

MOST = 2_000
"""Characters of one text: a program may print megabytes."""


class Strings:
    """Numbers texts in the order of their coming."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        """The number of `text`, which is cut if it is very long."""
        if len(text) > MOST:
            text = f"{text[:MOST]}… ({len(text):,} characters)"
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        """All of them, by their numbers."""
        return list(self._numbers)
