"""The services' own settings that a stage may choose: variables of docs/settings.md, with the values that they take."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from infra.config_reader import ConfigReader


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be, both ends included."""

    minimum: float
    maximum: float
    whole: bool = False


# Settings left out here have a key of their own, or follow from what is deployed: the gateway's 29 s, an environment's
# one call at a time, the bucket that uploads and jobs share.
_EITHER: Final = {
    "FETCH_TIMEOUT_SECONDS": Bounds(0.1, 25),
    "MAX_BATCH_PIXELS": Bounds(1, 1 << 40, whole=True),
    "MAX_IMAGE_PIXELS": Bounds(1, 178_000_000, whole=True),
}
SETTINGS: Final[Mapping[str, Mapping[str, Bounds]]] = {
    "semantic": {
        "ALIGNMENT_THRESHOLD": Bounds(0, 1),
        "DETECTION_THRESHOLD": Bounds(0, 1),
        "MINOR_THRESHOLD": Bounds(0, 1),
        **_EITHER,
    },
    "aesthetic": _EITHER,
}
KEYS: Final[Mapping[str, str]] = {
    "ALLOWED_S3": "allowed_s3",
    "ALLOWED_URL_HOSTS": "allowed_url_hosts",
    "CORS_ORIGINS": "cors_origins",
    "INSTANCE_TYPE": "<function>.gpu.instance_type",
}
"""Variables that the stack sets from keys of their own."""


def read_settings(read: ConfigReader, function: str) -> dict[str, str]:
    """Return the variables that the stage sets for `function`. Problems are left with `read`."""
    key = f"{function}.settings"
    chosen: dict[str, str] = {}
    for name in read.names(key, SETTINGS[function], KEYS):
        bounds = SETTINGS[function][name]
        chosen[name] = read.number(f"{key}.{name}", bounds.minimum, bounds.maximum, whole=bounds.whole)
    return chosen
