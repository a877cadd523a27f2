"""On which line of a TOML text each key stands.

`tomllib` says what a file means and forgets where it was written; tree-sitter's TOML grammar keeps
the place of every key. The empty path is the file itself, line 1.
"""

import tomllib

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from sim.scenario.rules import Path

_LANGUAGE = Language(tree_sitter_toml.language())
_PUNCTUATION = frozenset({"[", "]", "[[", "]]", "{", "}", "=", ",", ".", "comment"})
_KEYS = frozenset({"bare_key", "quoted_key", "dotted_key"})


def key_lines(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every key, table header and array element of a valid TOML `text`."""
    finder = _Finder()
    finder.document(Parser(_LANGUAGE).parse(text.encode()).root_node)
    return finder.lines


class _Finder:
    def __init__(self) -> None:
        self.lines: dict[Path, int] = {(): 1}
        self._elements: dict[Path, int] = {}
        """How many `[[header]]`s each array of tables has had so far."""

    def document(self, root: Node) -> None:
        for node in root.children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def _table(self, node: Node) -> None:
        header, *body = [child for child in node.children if child.type not in _PUNCTUATION]
        path: Path = ()
        keys = _keys(header)
        for depth, key in enumerate(keys, start=1):
            path += (key,)
            last = depth == len(keys)
            if last and node.type == "table_array_element":
                self.lines.setdefault(path, _line(node))
                self._elements[path] = self._elements.get(path, 0) + 1
            if path in self._elements:  # a header goes on in the newest element of an array of tables
                path += (self._elements[path] - 1,)
            self.lines.setdefault(path, _line(node))
        for child in body:
            if child.type == "pair":
                self._pair(child, path)

    def _pair(self, node: Node, path: Path) -> None:
        key, value = [child for child in node.children if child.type not in _PUNCTUATION]
        for part in _keys(key):
            path += (part,)
            self.lines.setdefault(path, _line(node))
        self._value(value, path)

    def _value(self, node: Node, path: Path) -> None:
        if node.type not in ("array", "inline_table"):
            return
        for index, child in enumerate(c for c in node.children if c.type not in _PUNCTUATION):
            if child.type == "pair":
                self._pair(child, path)
            else:
                self.lines[(*path, index)] = _line(child)
                self._value(child, (*path, index))


def _line(node: Node) -> int:
    return node.start_point.row + 1


def _keys(node: Node) -> list[str]:
    """The parts of a key; a dotted key nests in the grammar."""
    if node.type == "dotted_key":
        return [part for child in node.children if child.type in _KEYS for part in _keys(child)]
    written = (node.text or b"").decode()
    return list(tomllib.loads(f"{written} = 0"))
