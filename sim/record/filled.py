"""Dataclasses from what `json.loads` has made of a file, checked by their annotations."""

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
_WORDS: dict[object, str] = {
    **{int: "integer", float: "number", str: "text"},
    **{bool: "truth value", tuple: "list"},
}


def filled(kind: type[T], value: object) -> T:
    """`value` as an instance of the dataclass `kind`; keys that it does not have are passed over.

    TypeError, a sentence, names the key that does not fit.
    """
    return cast("T", _filled(kind, value, ""))


def _filled(kind: object, value: object, key: str) -> object:
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        hints = get_type_hints(kind)
        for field in fields(kind):
            if field.name not in value and field.default is not None:
                raise TypeError(f"{_joined(key, field.name)} is missing")
        found = {name: value[name] for name in hints if name in value}
        return kind(**{name: _filled(hints[name], one, _joined(key, name)) for name, one in found.items()})
    if get_origin(kind) is UnionType:
        return None if value is None else _filled(get_args(kind)[0], value, key)
    if get_origin(kind) is tuple and isinstance(value, list):
        inner = get_args(kind)
        if inner[-1] is ... or len(inner) == len(value):
            return tuple(_filled(inner[0], one, f"{key}[{number}]") for number, one in enumerate(value))
    if kind is float and type(value) is int:
        return float(value)
    if kind is not NoneType and type(value) is kind:
        return value
    raise TypeError(f"{key or 'the whole'} is no {_WORDS.get(get_origin(kind) or kind, 'object')}")


def _joined(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
