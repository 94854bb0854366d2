"""Saved gateway events with parts left out, of another type or of other text, the same ones for the same number."""

import copy
import random
from typing import Any

from emulation.gateway_events import EVENTS, load_event

NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))

# What stands where something else belongs.
_STRANGERS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**30, "", " ", "a", "2.0", "1.0", "GET", "POST", "PUT", "HEAD", "/", "/detect",
    "/align", "/batch", "/health", "//", "/%00", "/%ff", "%", "a:b:c", "[::1]:80", "a\nb", "a\r\nb: c", "\0", "\ud800",
    "\udfff\ud800", "ä", "\U0001f600", "x" * 70_000, "application/json", "image/png", "image/jpeg; a=b", "text/plain",
    "multipart/form-data", "gzip", "identity", "0", "-5", "99999999999999999999", "1e400", "{", "{}", "[]", "null",
    "NaN",
    '{"image_base64": "AAAA"}', '{"image_base64": 7}', "AAAA", "AAA", "AAAA!", "====", [], [None], [""], [["a"]], {},
    {"": ""}, {"a": None}, {"a": ["b", "c"]}, {"content-type": "image/png"}, {"http": {}}, {"http": None}, {"elb": {}},
)  # fmt: skip


def mutated(number: int, image: bytes) -> tuple[str, Any]:
    """The name of a saved event, and that event with one to four changes."""
    chance = random.Random(number)  # noqa: S311 - nothing secret
    name = chance.choice(NAMES)
    event: Any = load_event(name, image)
    for _ in range(chance.randint(1, 4)):
        _change(event, chance)
    return name, event


def _change(event: Any, chance: random.Random) -> None:
    holders = [part for part in _parts(event) if part]
    if not holders:
        return
    holder = chance.choice(holders)
    # Copies, or a later change of one would change the other.
    stranger = copy.deepcopy(chance.choice(_STRANGERS))
    key = chance.choice(range(len(holder)) if isinstance(holder, list) else sorted(holder))
    match chance.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder[key], str):
            at = chance.randrange(len(holder[key]) + 1)
            holder[key] = holder[key][:at] + str(stranger) + holder[key][at + chance.randrange(3) :]
        case 2 if isinstance(holder, dict):
            holder[str(stranger)] = copy.deepcopy(holder[key])
        case 3 if isinstance(holder, dict):
            holder[key.swapcase()] = stranger
        case _:
            holder[key] = stranger


def _parts(value: Any) -> list[Any]:
    """Every object and list in there."""
    if not isinstance(value, dict | list):
        return []
    inner = value.values() if isinstance(value, dict) else value
    return [value, *(part for item in inner for part in _parts(item))]
