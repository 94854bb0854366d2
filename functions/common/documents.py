"""JSON from anyone: one document, held to what JSON can say and every language can read back."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from functions.common.errors import InvalidRequest, MalformedJson

# In memory an empty list takes thirty times its bytes in the body; no request comes near this many.
MAX_CONTAINERS: Final = 200_000
MAX_MEMBERS: Final = 256
_NO_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")


def parse_json(body: bytes) -> object:
    """One JSON document (RFC 8259) in UTF-8. Raises MalformedJson.

    Python's parser also takes NaN, Infinity, numbers beyond a double, lone surrogates and a name twice in one object;
    these raise InvalidRequest, as do NUL in a text and more lists, objects or members of one than any request has.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"the body is not JSON: byte {error.start} is not UTF-8") from error
    if not text.strip():
        raise MalformedJson("the body is empty")
    _refuse_more_than(MAX_CONTAINERS, text.count("[") + text.count("{"), "the body has {} opening brackets or braces")
    try:
        document = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique_members
        )
        bad_text = "\\u" in text and _has_bad_character(document)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"the body is not JSON: line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise MalformedJson("lists and objects in the body are nested too deeply") from error
    except ValueError as error:
        raise MalformedJson("a whole number in the body has too many digits") from error
    if bad_text:
        raise _bad_character()
    return document


def check_text(text: str) -> None:
    """Raises InvalidRequest for text that holds NUL or half of a surrogate pair."""
    if _NO_CHARACTER.search(text):
        raise _bad_character()


def _refuse_constant(name: str) -> float:
    raise InvalidRequest(f"the body holds {name.lstrip('-')}, which is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InvalidRequest("a number in the body is too large: no field takes one beyond 1.8e308")
    return number


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    # pydantic would describe every unknown one, which takes seconds and hundreds of megabytes.
    _refuse_more_than(MAX_MEMBERS, len(members), "an object in the body has {} members")
    unique = dict(members)
    if len(unique) < len(members):
        raise InvalidRequest("an object in the body has the same name twice, so one of the values would be lost")
    return unique


def _refuse_more_than(limit: int, actual: int, what: str) -> None:
    if actual > limit:
        raise InvalidRequest(f"{what.format(actual)}, the limit is {limit}", limit=limit, actual=actual)


def _bad_character() -> InvalidRequest:
    return InvalidRequest("a text in the request holds NUL or half of a surrogate pair, which no field takes")


def _has_bad_character(document: object) -> bool:
    if isinstance(document, str):
        return _NO_CHARACTER.search(document) is not None
    if isinstance(document, dict):
        return any(_has_bad_character(key) or _has_bad_character(value) for key, value in document.items())
    if isinstance(document, list):
        return any(map(_has_bad_character, document))
    return False
