"""Bytes and headers to a validated request, with errors that never repeat what was sent."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request

from functions.common.errors import (
    InvalidRequest,
    MalformedHeader,
    MalformedJson,
    PayloadTooLarge,
    UnsupportedMediaType,
)

Wire = TypeVar("Wire", bound=BaseModel)

_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[^:]*))?")
_PORT: Final = re.compile(r"[0-9]{1,5}")
_NO_CHARACTER: Final = re.compile("[\x00\ud800-\udfff]")
_MAX_MEMBERS: Final = 256


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The whole body. Raises PayloadTooLarge as soon as it is known to be over, UnsupportedMediaType if compressed."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise UnsupportedMediaType("compressed request bodies are not taken; send the body as it is")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > max_bytes:
        raise _too_large(max_bytes, int(declared))
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes, size)
        chunks.append(chunk)
    return b"".join(chunks)


def check_host(host: str) -> None:
    """Raises MalformedHeader unless `host` is a Host header's value."""
    parts = _HOST.fullmatch(host)
    if parts is None or not (parts["port"] is None or _is_port(parts["port"])):
        raise MalformedHeader("the Host header is not a host name or address with an optional port")


def check_port(port: str) -> None:
    """Raises MalformedHeader unless `port` is an X-Forwarded-Port header's value."""
    if not _is_port(port):
        raise MalformedHeader("the X-Forwarded-Port header is not a port number")


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and int(text) <= 65_535


def media_type(headers: Headers) -> str:
    """The content type without its parameters, in lower case; empty if there is none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def parse_json(body: bytes) -> object:
    """One JSON document (RFC 8259) in UTF-8. Raises MalformedJson.

    Python's parser also takes NaN, Infinity, numbers beyond a double, lone surrogates and a name twice in one object;
    these raise InvalidRequest, as do NUL in a text and objects with more members than any request has.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedJson(f"byte {error.start} is not UTF-8") from error
    if not text.strip():
        raise MalformedJson("the body is empty")
    try:
        document = json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unique_members
        )
        bad_text = "\\u" in text and _has_no_character(document)
    except json.JSONDecodeError as error:
        raise MalformedJson(f"line {error.lineno}, column {error.colno}: not JSON") from error
    except RecursionError as error:
        raise MalformedJson("nested too deeply") from error
    except ValueError as error:
        raise MalformedJson("a whole number has too many digits") from error
    if bad_text:
        raise _no_character()
    return document


def validate(model: type[Wire], document: object, *, text_values: bool = False) -> Wire:
    """`document` as `model`; `text_values` reads numbers from text, as in a query string. Raises InvalidRequest."""
    try:
        return model.model_validate(document, strict=False if text_values else None)
    except ValidationError as error:
        raise invalid(error, model) from error


def query_document(model: type[BaseModel], query: Mapping[str, list[str]]) -> dict[str, object]:
    """Query parameters as a document for `model`: lists may repeat the parameter or be separated by commas."""
    document: dict[str, object] = {}
    for name, values in query.items():
        if any(map(_NO_CHARACTER.search, (name, *values))):
            raise _no_character()
        field = model.model_fields.get(name)
        if field is not None and _is_list(field.annotation):
            document[name] = [part.strip() for value in values for part in value.split(",")]
        elif len(values) > 1:
            raise InvalidRequest("a query parameter that takes one value was given more than once")
        else:
            document[name] = values[0]
    return document


def invalid(error: ValidationError, model: type[BaseModel]) -> InvalidRequest:
    """The first problem pydantic found, in words of our own: pydantic's may quote the input."""
    problem = error.errors(include_url=False, include_input=False)[0]
    location = list(problem["loc"])
    context: dict[str, Any] = problem.get("ctx") or {}
    if problem["type"] == "extra_forbidden":
        return _unknown_field(location, model)
    limit = next((context[key] for key in _LIMITS if isinstance(context.get(key), int | float)), None)
    actual = context.get("actual_length")
    detail = _WORDS.get(problem["type"], "has the wrong type or form").format_map(_Words(context))
    return InvalidRequest(
        detail,
        pointer=_pointer(location),
        limit=limit,
        actual=actual if isinstance(actual, int) else None,
    )


_LIMITS: Final = ("ge", "le", "gt", "lt", "min_length", "max_length")
_WORDS: Final[dict[str, str]] = {
    "missing": "is required",
    "bool_type": "must be true or false",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "literal_error": "must be one of {expected}",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "string_type": "must be text",
    "string_unicode": "must be text without lone surrogates",
    "too_long": "must have at most {max_length} entries",
    "too_short": "must have at least {min_length} entries",
    "value_error": "{error}",
}


class _Words(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "the limit"


def _unknown_field(location: list[str | int], model: type[BaseModel]) -> InvalidRequest:
    # The name came from the caller, so the pointer goes to the object that holds it; a near name is ours to say.
    known = _fields_at(model, location[:-1])
    near = difflib.get_close_matches(str(location[-1])[:64], known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    accepted = f"; it takes {', '.join(known)}" if known else ""
    return InvalidRequest(f"has a field that is not known here{hint or accepted}", pointer=_pointer(location[:-1]))


def _fields_at(model: type[BaseModel], location: list[str | int]) -> list[str]:
    for step in location:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        inner = _inner_model(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _inner_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner_model(part))), None)


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))


def _pointer(location: list[str | int]) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in location)


def _too_large(limit: int, actual: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"the body has {actual} bytes or more, the limit is {limit}", limit=limit, actual=actual)


def _refuse_constant(name: str) -> float:
    raise InvalidRequest(f"{name.lstrip('-')} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InvalidRequest("a number is too large for a double")
    return number


def _unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(members) > _MAX_MEMBERS:
        # pydantic would describe every unknown one, which takes seconds and hundreds of megabytes.
        raise InvalidRequest(
            f"an object has {len(members)} members, the limit is {_MAX_MEMBERS}",
            limit=_MAX_MEMBERS,
            actual=len(members),
        )
    unique = dict(members)
    if len(unique) < len(members):
        raise InvalidRequest("an object has a name twice, so one of the values would be lost")
    return unique


def _no_character() -> InvalidRequest:
    return InvalidRequest("a text holds NUL or half of a surrogate pair")


def _has_no_character(document: object) -> bool:
    if isinstance(document, str):
        return _NO_CHARACTER.search(document) is not None
    if isinstance(document, dict):
        return any(_has_no_character(key) or _has_no_character(value) for key, value in document.items())
    if isinstance(document, list):
        return any(map(_has_no_character, document))
    return False
