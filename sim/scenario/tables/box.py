"""`[[box]]`: a box of a kind that another package has added (`hw.kinds`)."""

import difflib

from hw.kinds import BoxKind, KindError, Value, kinds
from sim.scenario.model import Box
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, from_to, name
from sim.scenario.table import Table


def read(table: Table) -> Box:
    """Read a box: `kind`, `name`, `ports` where the kind leaves a choice, and the kind's own keys."""
    word = table.text("kind", "the kind of the box")
    try:
        known = kinds()
    except KindError as error:
        raise table.error("kind", str(error)) from None
    if word not in known:
        near = difflib.get_close_matches(word, known, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"installed: {', '.join(known) or 'none'}"
        raise table.error("kind", f'there is no kind of box "{word}"; {hint}')
    kind = known[word]
    table.only("kind", "name", "ports", *kind.keys)
    least, most = kind.ports
    return Box(
        table.text("name", "a name for the box"),
        word,
        table.integer("ports", "how many it has", least, most) if "ports" in table else least,
        tuple((key, _value(table, key, kind)) for key in kind.keys),
    )


def _value(table: Table, key: str, kind: BoxKind) -> Value:
    default = kind.keys[key]
    if key not in table:
        return default
    if isinstance(default, bool):
        return table.boolean(key, "as the kind of box wants it")
    if isinstance(default, int):
        return table.integer(key, "as the kind of box wants it", -(2**63), 2**63 - 1)
    return table.text(key, "as the kind of box wants it")


def check(box: Box, plan: Plan) -> None:
    """Raise Fault for a rule that `box` breaks."""
    name(box.name, plan.names)
    if box.kind not in kinds():
        raise Fault("kind", f'there is no kind of box "{box.kind}"')
    from_to("ports", box.ports, *kinds()[box.kind].ports)
