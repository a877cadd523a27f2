"""Text from a run, safe on a terminal: nothing that moves the cursor or turns the writing, and with an end.

Programs choose what they print, and a run folder may come from anybody.
"""

from unicodedata import category

MOST = 4_000
"""Characters of one text that are shown."""
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Control and format characters (ANSI escapes, bidirectional marks), surrogates, separators of lines."""


def printable(text: str, most: int = MOST) -> str:
    """`text` with such characters as escapes (`\\x1b`, `\\u202e`), cut after `most` characters."""
    if len(text) > most:
        text = f"{text[:most]}… ({len(text) - most:,} more characters)"
    if text.isprintable():
        return text
    return "".join(
        one.encode("unicode_escape").decode() if category(one) in _ESCAPED else one for one in text
    )
