"""The options of a picture sent as bytes, as the OpenAPI document has them: parameters of the query."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from functions.common.expectations import either
from functions.common.wire import Repeated

TWO_WAYS: Final = (
    "The picture is in a JSON document, with the options beside it and no query; or it is the whole body, as its "
    "content type says, with the options in the query."
)
_WITH_BYTES: Final = "required with a picture's bytes"
_NOT_OF_A_QUERY: Final = {"anyOf", "title", "description", "default"}


def query_parameters(options: type[BaseModel]) -> list[dict[str, Any]]:
    """One parameter for each field of `options`.

    None is required as far as OpenAPI goes, and none has a default that a generated client might send: beside a JSON
    body there is no query. What bytes need is said in words.
    """
    schema = options.model_json_schema()
    needed = dict.fromkeys(schema.get("required", ()), _WITH_BYTES)
    either_of = [name for choice in schema.get("oneOf", ()) for name in choice["required"]]
    needed |= {name: f"{either(either_of)} is {_WITH_BYTES}" for name in either_of}
    return [_parameter(options, name, field, needed.get(name)) for name, field in schema["properties"].items()]


def _parameter(options: type[BaseModel], name: str, field: dict[str, Any], needed: str | None) -> dict[str, Any]:
    # A query has no null: leaving the parameter out is the same.
    (kind,) = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    described: dict[str, Any] = {"name": name, "in": "query", "required": False}
    notes = [field.get("description") or kind.get("description"), needed]
    if field.get("default") is not None:
        notes.append(f"default: {field['default']}")
    if kind["type"] == "array":
        described |= {"style": "form", "explode": True}
        if not any(isinstance(mark, Repeated) for mark in options.model_fields[name].metadata):
            notes.append("repeated, or one with commas between")
    described["description"] = "; ".join(filter(None, notes))
    return described | {"schema": {key: value for key, value in kind.items() if key not in _NOT_OF_A_QUERY}}
