"""A request whose body is a JSON document."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request

from functions.common import requests
from functions.common.documents import parse_json
from functions.common.errors import MalformedJson, UnsupportedMediaType
from functions.common.validation import refuse_query, validate

Wire = TypeVar("Wire", bound=BaseModel)


async def read_json(request: Request, model: type[Wire], max_bytes: int, accepted: str = "application/json") -> Wire:
    """The JSON body, beside which there is no query, as `model`. Raises BadRequest; `accepted`: what may be sent."""
    kind = requests.media_type(request.headers)
    if kind not in {"", "application/json"} and not kind.endswith("+json"):
        raise UnsupportedMediaType(f"this content type is not accepted; send {accepted}")
    body = await requests.read_body(request, max_bytes)
    try:
        document = parse_json(body, model)
    except MalformedJson as error:
        if not body:
            error.detail += f"; send {accepted}"
        elif not kind:
            error.detail += f"; without a content type the body is read as JSON; send {accepted}"
        raise
    # Before the fields: what is missing among them may stand in the query.
    refuse_query(request.query_params)
    return validate(model, document)
