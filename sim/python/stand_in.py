"""What stands in the place of a function of Python's library, and cannot be distinguished from it.

A function written in Python stays the object that it is, and only its code is exchanged: whoever holds it,
wherever, calls the new code, and its name, signature, defaults and source are its own.

A function written in C cannot be changed, so another object takes its place. It does not bind as a method, as
a Python function in a class would; it answers for each attribute, its class included, with that of the
original, and so pickles, prints, and is described by `inspect` as that; and it is equal to it as a key.

The methods of a type written in C are exchanged in its dictionary, so its objects stay what they are.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import atexit
import ctypes
import gc
import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, ClassVar

Call = Callable[..., Any]
Methods = dict[str, Call]


class _StandIn:
    """In the place of one object written in C. Each has a class of its own, with `__call__` and these."""

    __slots__ = ("__weakref__",)
    original: ClassVar[Any]
    own: ClassVar[dict[str, Any]]
    """Attributes that are not the original's."""

    def __getattribute__(self, name: str) -> Any:
        kind = type(self)
        return kind.own[name] if name in kind.own else getattr(kind.original, name)

    def __repr__(self) -> str:
        return repr(type(self).original)

    def __eq__(self, other: object) -> bool:
        return other is self or other is type(self).original

    def __hash__(self) -> int:
        return hash(type(self).original)

    def __copy__(self) -> "_StandIn":
        return self

    def __instancecheck__(self, one: object) -> bool:
        return isinstance(one, type(self).original)

    def __subclasscheck__(self, one: type) -> bool:
        return issubclass(one, type(self).original)


def stand_in(original: Any, call: Call) -> Any:
    """What stands for `original`, written in C, and does `call`, which is given the new object first."""
    own: dict[str, Any] = {}
    looks = {"__slots__": (), "__call__": call, "original": original, "own": own}
    made = type(type(original).__name__, (_StandIn,), looks)()
    own["__deepcopy__"] = lambda memory: made
    if isinstance(original, type):
        name = original.__qualname__
        own["__reduce_ex__"] = lambda protocol: name  # a type's own is for its instances
    return made


def exchange_code(function: FunctionType, call: Call) -> FunctionType:
    """Let `function` do what `call` does; returned is another one that does what it did."""
    before = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    before.__kwdefaults__ = function.__kwdefaults__
    before.__qualname__, before.__doc__ = function.__qualname__, function.__doc__
    before.__dict__.update(function.__dict__)
    function.__dict__.setdefault("__signature__", inspect.signature(function))
    function.__code__ = _calling(call, function.__code__)
    return before


def _calling(call: Call, code: CodeType) -> CodeType:
    """Code that calls `call`, which is one of its constants, and stands where `code` does."""

    def template(*arguments: Any, **keywords: Any) -> Any:
        function: Any = "call"
        return function(*arguments, **keywords)

    form = template.__code__
    return form.replace(
        co_consts=tuple(call if one == "call" else one for one in form.co_consts),
        co_freevars=code.co_freevars,
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
        co_name=code.co_name,
        co_qualname=code.co_qualname,
    )


def exchange_methods(owner: type, make: Callable[[Methods], Methods]) -> None:
    """Put what `make` makes of the methods of `owner`, by name, in their place, until Python ends."""
    before = dict(vars(owner))
    made = {name: _as(before[name], call) for name, call in make(before).items() if name in before}
    _update(owner, made)
    atexit.register(
        _update, owner, {name: before[name] for name in made}
    )  # the modules may end before its last use


def _as(method: Any, call: Call) -> Call:
    """`call`, called as `method` is."""
    assert isinstance(call, FunctionType)
    named = FunctionType(
        call.__code__, call.__globals__, method.__name__, call.__defaults__, call.__closure__
    )
    named.__qualname__, named.__doc__, named.__module__ = (
        method.__qualname__,
        method.__doc__,
        method.__objclass__.__module__,
    )
    return named


def _update(owner: type, methods: Methods) -> None:
    """Change the dictionary of a type that cannot be changed by setattr."""
    (dictionary,) = gc.get_referents(vars(owner))
    dictionary.update(methods)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))
