"""Saved gateway events, and a request of one's own in the clothes of one."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from emulation.runtime_emulator import REPOSITORY_ROOT

EVENTS: Final = REPOSITORY_ROOT / "tests" / "events"

Event = dict[str, Any]


def load_event(name: str, image: bytes) -> Event:
    """The event `tests/events/<name>.json` with `image` filled in where it says so."""
    event: Event = json.loads((EVENTS / f"{name}.json").read_text())
    image_base64 = base64.b64encode(image).decode()
    body = json.dumps({"image_base64": image_base64})
    texts = {
        "{{image_base64}}": image_base64,
        "{{json_base64}}": base64.b64encode(body.encode()).decode(),
        "{{content_length}}": str(len(image) if event.get("isBase64Encoded") else len(body)),
    }
    filled: Event = _fill(event, texts)
    return filled


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
