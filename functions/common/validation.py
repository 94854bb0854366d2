"""Documents and query strings to request models, with refusals in words of our own: pydantic's may quote the input."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from functions.common.documents import check_text
from functions.common.errors import InvalidRequest
from functions.common.wire import Repeated

# A list may give each of its entries a parameter of its own; the longest takes 256.
MAX_PARAMETERS: Final = 1024

Wire = TypeVar("Wire", bound=BaseModel)


def validate(model: type[Wire], document: object, *, text_values: bool = False) -> Wire:
    """`document` as `model`; `text_values` reads numbers from text, as in a query string. Raises InvalidRequest."""
    try:
        return model.model_validate(document, strict=False if text_values else None)
    except ValidationError as error:
        raise invalid(error, model) from error


def query_values(query: QueryParams) -> dict[str, list[str]]:
    """Each parameter's values. Raises InvalidRequest for more parameters than any request has."""
    pairs = query.multi_items()
    if len(pairs) > MAX_PARAMETERS:
        raise InvalidRequest(
            f"the query has {len(pairs)} parameters, the limit is {MAX_PARAMETERS}",
            limit=MAX_PARAMETERS,
            actual=len(pairs),
        )
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    return dict(values)


def query_document(model: type[BaseModel], query: Mapping[str, list[str]]) -> dict[str, object]:
    """Query parameters as a document for `model`: lists repeat the parameter or, but for Repeated, take commas."""
    document: dict[str, object] = {}
    for name, values in query.items():
        for text in (name, *values):
            check_text(text)
        field = model.model_fields.get(name)
        if field is not None and _is_list(field.annotation):
            whole = any(isinstance(mark, Repeated) for mark in field.metadata)
            document[name] = values if whole else [part.strip() for value in values for part in value.split(",")]
        elif len(values) > 1:
            raise InvalidRequest("a query parameter that takes one value was given more than once")
        else:
            document[name] = values[0]
    return document


def invalid(error: ValidationError, model: type[BaseModel]) -> InvalidRequest:
    """The first problem pydantic found."""
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
