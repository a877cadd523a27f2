"""docs/api.md from the docstrings and signatures of the public face; run this file to write the page.

The source is read, not the objects: an attribute's documentation is the string that follows it, which Python
does not keep.
"""

import ast
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import sim
from sim.scenario import keys

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "api.md"
ORDER = (
    *("Lan", "Network", "Host", "Job", "Run", "Match", "Event", "Outcome", "Ending", "Failure", "Packet"),
    *("Process", "Fault", "chaos", "measure", "load", "Options", "Scenario", "RunError", "ScenarioError"),
)
HIDDEN = {
    "Job": {"main", "attach", "heard", "is_function"},
    "Network": {"act", "kernel"},
    "Run": {"keep", "hold"},
}
"""Members that only the classes use among each other."""
SHOWN = {
    "Process": {"pid", "command", "service", "status", "ended"},
    "Scenario": {"title", "seed", "until_ns", "hosts", "coaxes", "cables", "hubs", "switches", "programs"},
}
"""All that is public of classes that are not of `sim.api`."""
BASES = {"Steering": ROOT / "sim" / "api" / "steering.py"}
"""Where the classes are that hold a part of a public one."""
TYPED_DICTS = ("AdapterKeys", "RouteKeys", "TapKeys", "LinkPairKeys")
HEAD = """\
# The Python interface

Written by `python tests/support/api_page.py` from the docstrings; a test holds it to the code. A way in is
[testing.md](testing.md). All names below come from the package: `from sim import Lan, Match`. Type checkers
know every keyword and every result.

Times, lengths and the like are text with a unit, as in a scenario file: `"1 ms"`, `"500 m"`, `"9.8 dB"`.
"""

Node = ast.ClassDef | ast.FunctionDef


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name in ORDER:
        node = _definition(name)
        parts.append(f"## {name}\n")
        if isinstance(node, ast.FunctionDef):
            parts.append(f"```python\n{_signature(node)}\n```\n")
        parts.append(_doc(node))
        if isinstance(node, ast.ClassDef):
            parts += _members(name, node)
    for name in TYPED_DICTS:
        parts += [f"## {name}\n", _doc(_definition(name)), _table(getattr(sim, name))]
    return "\n".join(parts).rstrip() + "\n"


def _definition(name: str) -> Node:
    """Where a public name is defined."""
    module = inspect.getmodule(getattr(sim, name))
    assert module is not None and module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    found = [node for node in tree.body if isinstance(node, Node) and node.name == name]
    return found[0]


def _doc(node: Node) -> str:
    text = ast.get_docstring(node)
    assert text, f"{node.name} has no docstring"
    return text + "\n"


def _members(name: str, node: ast.ClassDef) -> Iterator[str]:
    """Constructor, attributes, methods."""
    made = next((one for one in node.body if _is_function(one, "__init__")), None)
    if isinstance(made, ast.FunctionDef) and name not in ("Host", "Job", "Run", "Process"):
        yield f"```python\n{_signature(made, name)}\n```\n"
    attributes = [*_attributes(node.body)]
    if isinstance(made, ast.FunctionDef):
        attributes += [
            (one.removeprefix("self."), text) for one, text in _attributes(made.body) if "self." in one
        ]
    wanted = [(one, text) for one, text in attributes if _is_public(name, one.partition(":")[0])]
    if wanted:
        yield "\n".join(f"- `{one}`{': ' * bool(text)}{text}" for one, text in wanted) + "\n"
    functions = [one for one in _body(node) if isinstance(one, ast.FunctionDef)]
    for method in functions:
        overloaded = [one for one in functions if one.name == method.name and _decorated(one, "overload")]
        if _decorated(method, "overload") or not _is_public(name, method.name):
            continue
        if _decorated(method, "property"):
            assert method.returns is not None
            tables = []
            yield f"### `{method.name}: {ast.unparse(method.returns)}`\n"
        else:
            yield f"### {method.name}\n"
            tables = _keywords(overloaded or [method])
            yield "```python\n" + "\n".join(map(_signature, overloaded or [method])) + "\n```\n"
        yield _doc(method)
        for table in tables:
            yield _table(_named(getattr(sim, name), table))


def _body(node: ast.ClassDef) -> Iterator[ast.stmt]:
    """What a class has, and what it has from a base of `sim.api` that is not public itself."""
    yield from node.body
    own = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in BASES:
            tree = ast.parse(Path(BASES[base.id]).read_text(encoding="utf-8"))
            (found,) = (one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == base.id)
            yield from (
                one for one in found.body if not (isinstance(one, ast.FunctionDef) and one.name in own)
            )


def _named(owner: type, table: str) -> type:
    """A TypedDict, as the module of a class, or of a base of it, calls it."""
    modules = (import_module(one.__module__) for one in owner.__mro__)
    found: type = next(getattr(one, table) for one in modules if hasattr(one, table))
    return found


def _is_public(owner: str, name: str) -> bool:
    if owner in SHOWN:
        return name in SHOWN[owner]
    return not name.startswith("_") and name not in HIDDEN.get(owner, ())


def _is_function(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == name


def _decorated(node: ast.FunctionDef, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in node.decorator_list)


def _attributes(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Each attribute with its type, as far as that is written, and the string that follows."""
    for one, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(one, ast.AnnAssign):
            target, kind = ast.unparse(one.target), f": {ast.unparse(one.annotation)}"
        elif isinstance(one, ast.Assign):
            target, kind = ast.unparse(one.targets[0]), ""
        else:
            continue
        text = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            text = inspect.cleandoc(str(after.value.value)).replace("\n", " ")
        yield target + kind, text


def _signature(node: ast.FunctionDef, name: str | None = None) -> str:
    """As one would call it: without `self`, with `**keys` for the keywords of the table below it."""
    arguments = node.args
    arguments.posonlyargs = [one for one in arguments.posonlyargs if one.arg != "self"]
    arguments.args = [one for one in arguments.args if one.arg != "self"]
    if arguments.kwarg is not None and _keywords([node]):
        arguments.kwarg.annotation = None
    returns = "" if name or node.returns is None else f" -> {ast.unparse(node.returns)}"
    return f"{name or node.name}({ast.unparse(arguments)}){returns}"


def _keywords(nodes: list[ast.FunctionDef]) -> list[str]:
    """The TypedDict that the keywords of a method are."""
    node = nodes[0].args.kwarg
    if node is None or not isinstance(node.annotation, ast.Subscript):
        return []
    return [ast.unparse(node.annotation.slice)]


def _table(table: type) -> str:
    rows = ["| keyword | type | meaning | default |", "| --- | --- | --- | --- |"]
    for name, (kind, key) in keys.declared(table).items():
        default = f"`{key.default}`" if _is_literal(key.default) else key.default
        rows.append(f"| `{name}` | {kind.replace('|', chr(92) + '|')} | {key.meaning} | {default} |")
    return "\n".join(rows) + "\n"


def _is_literal(default: str) -> bool:
    return default[:1] in tuple('"[0123456789') or default in ("true", "false")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
