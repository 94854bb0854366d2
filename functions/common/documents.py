"""JSON from anyone: one document, held to what JSON can say and every language can read back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from functions.common.errors import InvalidRequest, MalformedJson
from functions.common.refusals import forbidden

# In memory an empty list takes thirty times its bytes in the body; no request comes near this many.
MAX_CONTAINERS: Final = 200_000
MAX_MEMBERS: Final = 256
_NO_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")
_NO_TEXT: Final = "NUL and unpaired surrogates are not allowed"
_NO_NUMBER: Final = "NaN, Infinity and numbers beyond 1.8e308 are not allowed"
_NO_OBJECT: Final = "the same name may not appear twice in an object"

_Found: TypeAlias = tuple[str, list[str | int]]
"""What is not allowed, and where: the last step first."""


class _Repeated(dict[str, Any]):
    """An object that had a name more than once."""


def parse_json(body: bytes, model: type[BaseModel] | None = None) -> object:
    """One JSON document (RFC 8259) in UTF-8. Raises MalformedJson.

    Python's parser also takes NaN, Infinity, numbers beyond a double, lone surrogates and a name twice in one object;
    these raise InvalidRequest, with the place as far as `model` knows its names. So do NUL in a text and more lists,
    objects or members of one than any request has.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"the body is not JSON: byte {error.start} is not UTF-8") from error
    if not text.strip():
        raise MalformedJson("the body is empty")
    _refuse_more_than(MAX_CONTAINERS, text.count("[") + text.count("{"), "the body has {} opening brackets or braces")
    # So rare that only then all of the document is looked through.
    suspect = "\\u" in text

    def number(written: str) -> float:
        nonlocal suspect
        value = float(written)
        suspect = suspect or not math.isfinite(value)
        return value

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal suspect
        # pydantic would describe every unknown one, which takes seconds and hundreds of megabytes.
        _refuse_more_than(MAX_MEMBERS, len(pairs), "an object in the body has {} fields")
        unique = dict(pairs)
        if len(unique) == len(pairs):
            return unique
        suspect = True
        return _Repeated(unique)

    try:
        document = json.loads(text, parse_constant=number, parse_float=number, object_pairs_hook=members)
        found = _forbidden(document) if suspect else None
    except json.JSONDecodeError as error:
        raise MalformedJson(f"the body is not JSON: line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise MalformedJson("lists and objects in the body are nested too deeply") from error
    except ValueError as error:
        raise MalformedJson("a whole number in the body has too many digits") from error
    if found is not None:
        what, steps = found
        raise forbidden(what, steps[::-1], model)
    return document


def check_query(model: type[BaseModel], name: str, values: Iterable[str]) -> None:
    """Raises InvalidRequest for a parameter with NUL or half of a surrogate pair in it."""
    if any(map(_NO_CHARACTER.search, (name, *values))):
        raise forbidden(_NO_TEXT, [name], model, from_query=True)


def _refuse_more_than(limit: int, actual: int, what: str) -> None:
    if actual > limit:
        raise InvalidRequest(f"{what.format(actual)}; the limit is {limit}", limit=limit, actual=actual)


def _forbidden(value: object) -> _Found | None:
    """The first thing in `value` that no request may hold."""
    if isinstance(value, str):
        return (_NO_TEXT, []) if _NO_CHARACTER.search(value) else None
    if isinstance(value, float):
        return None if math.isfinite(value) else (_NO_NUMBER, [])
    if isinstance(value, _Repeated):
        return _NO_OBJECT, []
    if isinstance(value, dict):
        if any(map(_NO_CHARACTER.search, value)):
            return _NO_TEXT, []
        return _first_of(value.items())
    return _first_of(enumerate(value)) if isinstance(value, list) else None


def _first_of(entries: Iterable[tuple[str | int, object]]) -> _Found | None:
    for step, value in entries:
        if (found := _forbidden(value)) is not None:
            found[1].append(step)
            return found
    return None
