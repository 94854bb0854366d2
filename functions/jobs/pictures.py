"""The pictures named in a job's request: all of them must be ones that the endpoint may read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from pydantic import ValidationError

from functions.common.errors import S3Blocked
from functions.common.objects import Grant, check_granted
from functions.common.wire import S3Object

_FIELD: Final = "s3"


def check_pictures(request: dict[str, Any], grants: Sequence[Grant]) -> None:
    """Raises S3Blocked for the first picture, wherever in the request, that lies in no granted place.

    What is no S3 object at all is left to the route, whose own error says better what it takes.
    """
    for pointer, document in _objects(request):
        try:
            place = S3Object.model_validate(document)
        except ValidationError:
            continue
        try:
            check_granted(grants, place)
        except S3Blocked as error:
            error.pointer = pointer
            raise


def _objects(request: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of every member named `s3`, each with its JSON Pointer in the job's body, in the order sent."""
    waiting: list[tuple[str, Any]] = [("/request", request)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, dict):
            if _FIELD in value:
                yield f"{pointer}/{_FIELD}", value[_FIELD]
            waiting += [(f"{pointer}/{_escaped(name)}", value[name]) for name in reversed(value)]
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{index}", value[index]) for index in reversed(range(len(value)))]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
