"""What a place in a request takes, in words, from its model's JSON schema: so that a refusal says what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

Location: TypeAlias = Sequence[str | int]
Schema: TypeAlias = Mapping[str, Any]

_DEFINITIONS: Final = "#/$defs/"
_WHOLE: Final = {"boolean": "true or false", "object": "an object"}
_BOUNDED: Final[dict[str, tuple[str, str, str, tuple[str, str] | None]]] = {
    "number": ("a number", "minimum", "maximum", None),
    "integer": ("a whole number", "minimum", "maximum", None),
    "string": ("text", "minLength", "maxLength", ("character", "characters")),
    "array": ("a list", "minItems", "maxItems", ("entry", "entries")),
}


def expected(model: type[BaseModel], location: Location) -> str | None:
    """What stands at `location`, such as "a number from 0 to 1"; None where the schema does not say."""
    schema = _at(model, location)
    return None if schema is None else _described(schema)


def fields(model: type[BaseModel], location: Location) -> list[str]:
    """The names that the object at `location` takes."""
    schema = _at(model, location)
    return [] if schema is None else list(schema.get("properties", ()))


def known(model: type[BaseModel], location: Location) -> Location:
    """`location` as far as the model has it."""
    depth = 0
    while depth < len(location) and _at(model, location[: depth + 1]) is not None:
        depth += 1
    return location[:depth]


def either(choices: Sequence[object]) -> str:
    """The choices as a sentence has them: "raw, contrast or fitted"."""
    *others, last = map(str, choices)
    return f"{', '.join(others)} or {last}" if others else last


def _at(model: type[BaseModel], location: Location) -> Schema | None:
    whole = _schema(model)
    schema: Schema | None = _resolved(whole, whole)
    for step in location:
        inner = None if schema is None else _inner(schema, step)
        schema = None if inner is None else _resolved(inner, whole)
    return schema


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _inner(schema: Schema, step: str | int) -> Schema | None:
    found: Schema | None = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
    return found


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """`schema` itself, or what it refers to; null beside one other choice is left out."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) == 1:
        schema = choices[0]
    reference = schema.get("$ref", "")
    if reference.startswith(_DEFINITIONS):
        found: Schema = whole["$defs"][reference.removeprefix(_DEFINITIONS)]
        return found
    return schema


def _described(schema: Schema) -> str | None:
    if choices := schema.get("enum") or ([schema["const"]] if "const" in schema else None):
        return either(choices)
    kind = schema.get("type", "")
    if kind not in _BOUNDED:
        return _WHOLE.get(kind)
    name, low, high, unit = _BOUNDED[kind]
    least, most = schema.get(low), schema.get(high)
    last = least if most is None else most
    if last is None:
        return name
    if least is None or most is None:
        return f"{name} of at {'least' if most is None else 'most'} {last:g}{_units(unit, last)}"
    return f"{name} {'of' if unit else 'from'} {least:g} to {most:g}{_units(unit, most)}"


def _units(unit: tuple[str, str] | None, number: float) -> str:
    return "" if unit is None else f" {unit[number != 1]}"
