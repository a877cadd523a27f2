"""One table of a scenario file, read key by key, with an answer to "where does it say so?".

Every value is asked for by name and type. Each complaint is a `ScenarioError`, one line:
`file:line: key: sentence`.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar, cast

from sim.scenario.rules import Fault, Path, ScenarioError, one_of

T = TypeVar("T")


def one_line(text: str) -> str:
    """`text` with what is not for printing escaped: TOML lets line breaks and ESC into keys and strings."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def plain(value: Any) -> Any:  # noqa: ANN401 (as a TOML reader would give it)
    """`value` as a TOML reader would give it, but for circuits."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    return value if isinstance(value, str | int | Decimal) or callable(value) else str(value)


class Source:
    """Where a scenario was read: the place of each of its keys, as `file:line`."""

    def __init__(self, places: Mapping[Path, str]) -> None:
        self._places = places

    def error(self, path: Path, sentence: str) -> ScenarioError:
        """Complain about `path`, at its own line or at that of the table in which it is missing."""
        known = path
        while known not in self._places:
            known = known[:-1]
        key = ".".join(part for part in path if isinstance(part, str))
        place = f"{self._places[known]}: "
        return ScenarioError(one_line(place + (f"{key}: " if key else "") + sentence))


class Table:
    """A TOML table at `path` of `source`."""

    def __init__(self, source: Source, values: object, path: Path = ()) -> None:
        self._source = source
        self._path = path
        if not isinstance(values, dict):
            raise source.error(path, f"is {_kind(values)} and must be a table")
        self._values: dict[str, object] = values

    def only(self, *known: str) -> None:
        """Refuse every key but the `known` ones; first of all, for a misspelt key is also a missing one."""
        for key in self._values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f'did you mean "{near[0]}"?' if near else f"known keys: {', '.join(known)}"
                raise self.error(key, f"is not a key here; {hint}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def error(self, key: str, sentence: str) -> ScenarioError:
        """Complain about `key` of this table."""
        return self._source.error((*self._path, key), sentence)

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Complain about what a rule of the network finds wrong with this table."""
        try:
            yield
        except Fault as fault:
            raise self._source.error((*self._path, *fault.path), str(fault)) from None

    def _get(self, key: str, meaning: str) -> object:
        if key not in self._values:
            raise self.error(key, f"is missing; give {meaning}")
        return self._values[key]

    def text(self, key: str, meaning: str) -> str:
        """Return a string that is not empty."""
        value = self._get(key, meaning)
        if not isinstance(value, str):
            raise self.error(key, f"is {_kind(value)} and must be a string: {meaning}")
        if not value.strip():
            raise self.error(key, f"is empty; give {meaning}")
        return value

    def parsed(self, key: str, meaning: str, parse: Callable[[str], T]) -> T:
        """Return what `parse` makes of a string; its ValueError becomes the complaint."""
        text = self.text(key, meaning)
        try:
            return parse(text)
        except ValueError as error:
            raise self.error(key, str(error)) from None

    def choice(self, key: str, known: tuple[T, ...]) -> T:
        """Return one of the `known` words, the first if the key is absent."""
        return self.word(key, known) if key in self._values else known[0]

    def word(self, key: str, known: tuple[T, ...]) -> T:
        """Return one of the `known` words."""
        words = cast("tuple[str, ...]", known)
        text = self.text(key, f"one of {', '.join(words)}")
        with self.judged():
            one_of(key, text, words)
        return known[words.index(text)]

    def integer(self, key: str, meaning: str, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`."""
        value = self._get(key, meaning)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, f"is {_kind(value)} and must be a whole number: {meaning}")
        if not least <= value <= most:
            raise self.error(key, f"is {value} and must be from {least} to {most}")
        return value

    def number(self, key: str, meaning: str, least: int, most: int) -> Decimal:
        """Return a number from `least` to `most`."""
        value = self._get(key, meaning)
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise self.error(key, f"is {_kind(value)} and must be a number: {meaning}")
        if Decimal(value).is_nan() or not least <= value <= most:
            raise self.error(key, f"is {value} and must be from {least} to {most}")
        return Decimal(value)

    def boolean(self, key: str, meaning: str) -> bool:
        """Return true or false."""
        value = self._get(key, meaning)
        if not isinstance(value, bool):
            raise self.error(key, f"is {_kind(value)} and must be true or false: {meaning}")
        return value

    def words(self, key: str, meaning: str) -> list[str]:
        """Return an array of strings."""
        value = self._get(key, meaning)
        if not isinstance(value, list):
            raise self.error(key, f"is {_kind(value)} and must be an array of strings: {meaning}")
        for word in value:
            if not isinstance(word, str):
                raise self.error(key, f"has {_kind(word)} in it and must be an array of strings: {meaning}")
        return value

    def one_or_more(self, key: str, meaning: str) -> list[str]:
        """Return a string, or an array of strings, as a list; empty if the key is absent."""
        if isinstance(self._values.get(key, []), str):
            return [self.text(key, meaning)]
        return self.words(key, meaning) if key in self else []

    def function(self, key: str) -> object:
        """Return a function, or what else can be called, of a table built in Python; None if it is none."""
        value = self._values.get(key)
        return value if callable(value) else None

    def table(self, key: str) -> "Table":
        """Return the table that is the value."""
        return Table(self._source, self._values[key], (*self._path, key))

    def tables(self, key: str, meaning: str) -> list["Table"]:
        """Return the tables of an array; none if the key is absent."""
        value = self._values.get(key, [])
        if not isinstance(value, list):
            raise self.error(key, f"is {_kind(value)} and must be {meaning}")
        return [Table(self._source, element, (*self._path, key, n)) for n, element in enumerate(value)]


def _kind(value: object) -> str:
    """Name the type of a TOML value."""
    if isinstance(value, bool):
        return "true or false"
    for kind, name in ((str, "a string"), (int, "a whole number"), (Decimal, "a number"), (list, "an array")):
        if isinstance(value, kind):
            return name
    if callable(value):
        return "a function"
    return "a table" if isinstance(value, dict) else "a date or time"
