"""The options of a picture sent as bytes, as the OpenAPI document has them: parameters of the query."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from functions.common.expectations import either
from functions.common.wire import Repeated

TWO_WAYS: Final = (
    "Send the picture in a JSON document, with the options as further fields and no query; or send it as the whole "
    "body, under its own content type, with the options in the query."
)
_WITH_BYTES: Final = "required if the body is a picture"
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
            notes.append("repeat the parameter, or separate the entries by commas")
    described["description"] = "; ".join(filter(None, notes))
    return described | {"schema": {key: value for key, value in kind.items() if key not in _NOT_OF_A_QUERY}}
