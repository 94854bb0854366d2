"""The pictures named in a job's request: all of them must be ones that the endpoint may read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from functions.common.errors import S3Blocked
from functions.common.json_pointers import json_pointer
from functions.common.objects import Grant, check_granted
from functions.common.wire import S3Object

_FIELD: Final = "s3"

Place: TypeAlias = "tuple[Place | None, str | int]"
"""A place in the job's body: the one around it, and the last step."""


def check_pictures(request: dict[str, Any], grants: Sequence[Grant]) -> None:
    """Raises S3Blocked for the first picture, wherever in the request, that lies in no granted place.

    What is no S3 object at all is left to the route, whose own error says better what it takes.
    """
    for place, document in _objects(request):
        try:
            found = S3Object.model_validate(document)
        except ValidationError:
            continue
        try:
            check_granted(grants, found)
        except S3Blocked as error:
            error.pointer = json_pointer(_steps(place))
            raise


def _objects(request: dict[str, Any]) -> Iterator[tuple[Place, Any]]:
    """The values of every member named `s3`, each with its place, in the order sent.

    Places are linked, and only of lists and objects: written out for every value of a large and deeply nested request,
    they would take gigabytes.
    """
    waiting: list[tuple[Place, Any]] = [((None, "request"), request)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, dict) and _FIELD in value:
            yield (place, _FIELD), value[_FIELD]
        steps = reversed(value) if isinstance(value, dict) else reversed(range(len(value)))
        waiting += [((place, step), value[step]) for step in steps if isinstance(value[step], dict | list)]


def _steps(place: Place) -> list[str | int]:
    steps: list[str | int] = []
    current: Place | None = place
    while current is not None:
        current, step = current
        steps.append(step)
    return steps[::-1]
