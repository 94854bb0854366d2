"""What is wrong with a request and what would be right, in words of our own: pydantic's may quote the input."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from functions.common.errors import InvalidRequest
from functions.common.expectations import either, expected, fields, known
from functions.common.json_pointers import json_pointer
from functions.common.wire import SOURCES, Misplaced

BODY: Final = "the body"
QUERY: Final = "the query"

# A name a little like one of these says that a picture is meant, but not in which of the ways it is sent.
_PICTURE_FIELDS: Final = (*SOURCES, "image_data")
_MISSPELT: Final = 0.8

_LIMITS: Final = ("ge", "le", "gt", "lt", "min_length", "max_length")
_TEXT_LENGTHS: Final = ("string_too_long", "string_too_short")
_TYPE_NAMES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (type(None), "null"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "an object"),
)


def invalid(error: ValidationError, model: type[BaseModel], whole: str) -> InvalidRequest:
    """The first problem pydantic found, but an unknown field before any other: it may be a missing one, misspelt."""
    problems = error.errors(include_url=False)
    problem = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    location = list(problem["loc"])
    context: dict[str, Any] = problem.get("ctx") or {}
    if problem["type"] == "extra_forbidden":
        return _unknown_field(location, model, whole)
    place, kind = _path(location) or whole, problem["type"]
    allowed = expected(model, location)
    actual = context.get("actual_length", len(problem["input"]) if kind in _TEXT_LENGTHS else None)
    if kind == "value_error":
        detail = f"{place}: {context['error']}" if location else str(context["error"])
    elif kind == "missing":
        detail = f"{place} is required" + (f": {allowed}" if allowed else "")
    elif allowed is None:
        detail = f"{place} has the wrong type or format"
    else:
        has = f", but has {actual}" if isinstance(actual, int) else _type_of(problem["input"], kind)
        detail = f"{place} must be {allowed}{has}"
    return InvalidRequest(
        detail,
        pointer=json_pointer([*location, *_misplaced(context.get("error"))]),
        limit=next((context[key] for key in _LIMITS if isinstance(context.get(key), int | float)), None),
        actual=actual if isinstance(actual, int) else None,
    )


def forbidden(
    what: str, location: Sequence[str | int], model: type[BaseModel] | None, *, from_query: bool = False
) -> InvalidRequest:
    """`what` is not allowed at `location`, which is told as far as `model` has it: the rest is the caller's text."""
    place = list(known(model, location)) if model else []
    whole = QUERY if from_query else BODY
    return InvalidRequest(f"{_path(place) or whole}: {what}", pointer=json_pointer(place))


def _misplaced(error: object) -> list[str | int]:
    return [error.field] if isinstance(error, Misplaced) else []


def _type_of(value: object, kind: str) -> str:
    """What was sent instead, where the type is what is wrong with it. Never the value."""
    is_of_type = isinstance(value, str) if kind == "literal_error" else not kind.endswith("_type")
    if is_of_type or (kind == "int_type" and isinstance(value, float)):
        return ""
    return next((f", not {name}" for types, name in _TYPE_NAMES if isinstance(value, types)), "")


def _unknown_field(location: list[str | int], model: type[BaseModel], whole: str) -> InvalidRequest:
    # The name came from the caller, so the pointer goes to the object that holds it; a near name is ours to say.
    holder = location[:-1]
    known = fields(model, holder)
    part = "parameter" if whole == QUERY else "field"
    return InvalidRequest(
        f"{_path(holder) or whole} has an unknown {part}{_hint(str(location[-1])[:64], known)}",
        pointer=json_pointer(holder),
    )


def _hint(name: str, known: Sequence[str]) -> str:
    """What may have been meant by a name that is none of those known."""
    near = next(iter(difflib.get_close_matches(name, known, n=1)), None)
    if near in _PICTURE_FIELDS and difflib.SequenceMatcher(None, near, name).ratio() < _MISSPELT:
        return f"; send the picture as {either([field for field in known if field in _PICTURE_FIELDS])}"
    if near is not None:
        return f"; did you mean {near}?"
    return f"; allowed are {', '.join(known)}" if known else ""


def _path(location: list[str | int]) -> str:
    """The place as a reader writes it: `images[0].id`. All of it is ours: unknown names are never in it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).lstrip(".")
