"""Saved gateway events, and any request as such an event."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from emulation.runtime_emulator import REPOSITORY_ROOT

EVENTS: Final = REPOSITORY_ROOT / "tests" / "events"

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What a saved event is made to ask."""

    function: str
    route: str
    """With its slash."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Sent beside the picture."""


DETECT: Final = Question("semantic", "/detect")
"""What the saved events ask as they are."""


def load_event(name: str, image: bytes, question: Question = DETECT) -> Event:
    """The event `tests/events/<name>.json` with `image` filled in where it says so, made to ask `question`."""
    saved = (EVENTS / f"{name}.json").read_text()
    # The function's name stands in paths alone, and so does the route's, by itself as what a proxy is given.
    saved = saved.replace(f"/{DETECT.function}", f"/{question.function}").replace(DETECT.route, question.route)
    saved = saved.replace(f'"{DETECT.route[1:]}"', f'"{question.route[1:]}"')
    event: Event = json.loads(saved)
    image_base64 = base64.b64encode(image).decode()
    body = json.dumps({"image_base64": image_base64, **question.fields})
    if event.get("body") == "{{image_base64}}" and question.fields:
        event |= _query(event, question.fields)
    texts = {
        "{{image_base64}}": image_base64,
        "{{json}}": body,
        "{{json_base64}}": base64.b64encode(body.encode()).decode(),
        "{{content_length}}": str(len(image) if event.get("isBase64Encoded") else len(body)),
    }
    filled: Event = _fill(event, texts)
    return filled


def _query(event: Event, fields: Mapping[str, str]) -> Event:
    """The parts of an event that hold a query string."""
    if "rawPath" in event:
        return {"rawQueryString": urlencode(fields), "queryStringParameters": dict(fields)}
    several = {name: [value] for name, value in fields.items()}
    return {"queryStringParameters": dict(fields), "multiValueQueryStringParameters": several}


def rest_event(method: str, path: str, body: Mapping[str, Any] | None = None) -> Event:
    """A REST API's event for a request to `path`, with a JSON body if one is given."""
    event = load_event("rest_json", b"")
    context = event["requestContext"]
    context |= {"httpMethod": method, "path": f"/{context['stage']}{path}"}
    text = None if body is None else json.dumps(body)
    return event | {
        "httpMethod": method,
        "path": path,
        "pathParameters": {"proxy": path.removeprefix("/")},
        "body": text,
    }


def _fill(value: Any, texts: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {key: _fill(item, texts) for key, item in value.items()}
        case list():
            return [_fill(item, texts) for item in value]
        case str():
            for placeholder, text in texts.items():
                value = value.replace(placeholder, text)
            return value
        case _:
            return value
