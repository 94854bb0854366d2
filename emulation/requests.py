"""A request to one of the functions, built from command-line options, as a REST API's event."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emulation.errors import EmulationError
from emulation.gateway_events import Event, rest_event
from emulation.runtime_emulator import REPOSITORY_ROOT

EXAMPLE: Final = REPOSITORY_ROOT / "models" / "demo" / "examples" / "1.jpg"
_GET: Final = frozenset({"/filters", "/info", "/health"})
_MANY: Final[Mapping[str, str]] = {"/batch": "images", "/score-batch": "candidates"}
"""What a route that takes several pictures calls them."""
_PROMPTED: Final = frozenset({"/score", "/score-batch"})


@dataclass(frozen=True, slots=True)
class Function:
    """One of the functions, and what it is asked where nothing is said."""

    route: str
    prompt: str | None = None


FUNCTIONS: Final[Mapping[str, Function]] = {
    "semantic": Function("/detect"),
    "aesthetic": Function("/score", "an adult with purple hair in a hoodie"),
}


def request_event(
    function: Function,
    route: str = "",
    pictures: Sequence[Path] = (EXAMPLE,),
    *,
    method: str = "",
    filters: Sequence[str] = (),
    prompt: str | None = None,
) -> Event:
    """The event of a request to `route`, or to the function's usual one: a GET where that has no picture, else a POST.

    Raises EmulationError for a picture that cannot be read, and for several where the route takes one.
    """
    route = route or function.route
    method = method or ("GET" if route in _GET else "POST")
    if method == "GET":
        return rest_event(method, route)
    fields: dict[str, Any] = {}
    if filters:
        fields["requested_filters"] = list(filters)
    if prompt is not None or route in _PROMPTED:
        fields["prompt"] = function.prompt if prompt is None else prompt
    if route in _MANY:
        fields[_MANY[route]] = [{"id": picture.name, "image_base64": _base64(picture)} for picture in pictures]
    elif len(pictures) == 1:
        fields["image_base64"] = _base64(pictures[0])
    else:
        raise EmulationError(f"{route} takes one picture, not {len(pictures)}; {' and '.join(_MANY)} take several")
    return rest_event(method, route, fields)


def _base64(picture: Path) -> str:
    try:
        return base64.b64encode(picture.read_bytes()).decode()
    except OSError as error:
        raise EmulationError(f"cannot read the picture: {picture} ({error.strerror or error})") from error
