"""A memory of words, for conversion and for simulation.

To MyHDL's converter it is what it knows, a list of signals of one width. A signal takes 1.7 kB, and a packet
memory has up to 786,432 words: so a word is made when it is first used.
"""

from collections.abc import Iterator
from typing import Any, SupportsInt

from hw.ports import register


class Ram(list[Any]):
    """`depth` words of `width` bits, each 0 after power-up."""

    def __init__(self, depth: int, width: int) -> None:
        super().__init__()
        self._depth = depth
        self._width = width
        self._words = {0: register(width)}

    def __len__(self) -> int:
        return self._depth

    def __iter__(self) -> Iterator[Any]:
        """One for all, for those who look what kind of signals these are."""
        return iter((self._words[0],))

    def __getitem__(self, place: SupportsInt) -> Any:  # type: ignore[override]
        index = int(place)
        word = self._words.get(index)
        if word is None:
            if not 0 <= index < self._depth:
                raise IndexError(f"a memory of {self._depth} words has no word {index}")
            word = self._words[index] = register(self._width)
        return word
