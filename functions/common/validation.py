"""Documents and query strings to request models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from functions.common.documents import check_query
from functions.common.errors import InvalidRequest
from functions.common.refusals import BODY, QUERY, invalid
from functions.common.wire import Repeated

# A list may give each of its entries a parameter of its own; the longest takes 256.
MAX_PARAMETERS: Final = 1024

Wire = TypeVar("Wire", bound=BaseModel)


def validate(model: type[Wire], document: object, *, from_query: bool = False) -> Wire:
    """`document` as `model`; `from_query` reads numbers from text. Raises InvalidRequest."""
    try:
        return model.model_validate(document, strict=False if from_query else None)
    except ValidationError as error:
        raise invalid(error, model, QUERY if from_query else BODY) from error


def refuse_query(query: QueryParams) -> None:
    """Raises InvalidRequest for options beside a JSON body, which nothing would read."""
    if query:
        raise InvalidRequest("the query must be empty: with a JSON body, options are fields of that body")


def refuse_any_query(query: QueryParams) -> None:
    """Raises InvalidRequest for parameters of a route that has none."""
    if query:
        raise InvalidRequest("the query must be empty: this route takes no parameters", pointer="")


def query_values(query: QueryParams) -> dict[str, list[str]]:
    """Each parameter's values. Raises InvalidRequest for more parameters than any request has."""
    pairs = query.multi_items()
    if len(pairs) > MAX_PARAMETERS:
        raise InvalidRequest(
            f"the query has {len(pairs)} parameters; the limit is {MAX_PARAMETERS}",
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
        check_query(model, name, values)
        field = model.model_fields.get(name)
        if field is not None and _is_list(field.annotation):
            whole = any(isinstance(mark, Repeated) for mark in field.metadata)
            document[name] = values if whole else [part.strip() for value in values for part in value.split(",")]
        elif field is not None and len(values) > 1:
            raise InvalidRequest(f"{name} takes one value; the query has {len(values)}", pointer=f"/{name}")
        else:
            document[name] = values[0]
    return document


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))
