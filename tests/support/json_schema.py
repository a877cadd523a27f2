"""Whether a value is what a JSON schema says, for the keywords that `events.schema.json` has."""

from typing import Any

_TYPES = {"object": dict, "integer": int, "number": float, "string": str, "boolean": bool, "null": type(None)}
_KNOWN = {
    "$schema",
    "title",
    "description",
    "type",
    "const",
    "required",
    "properties",
    "additionalProperties",
    "oneOf",
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether `value` is valid."""
    assert schema.keys() <= _KNOWN, "this checker does not know the keyword"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and type(value) not in [_TYPES[one] for one in types]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if not all(name in value for name in schema.get("required", ())):
        return False
    properties = schema.get("properties", {})
    if schema.get("additionalProperties") is False and not value.keys() <= properties.keys():
        return False
    if not all(fits(value[name], inner) for name, inner in properties.items() if name in value):
        return False
    return "oneOf" not in schema or sum(fits(value, one) for one in schema["oneOf"]) == 1
