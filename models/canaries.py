"""Asks a live endpoint about an artifact's canary pictures, and compares its answers with those in the manifest."""

from __future__ import annotations

import base64
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import urlencode, urlsplit

from functions.aesthetic.manifest import read_manifest as read_aesthetic_manifest
from functions.common.manifest import MANIFEST_NAME, Canary, Manifest, ManifestError
from functions.semantic.manifest import read_manifest
from models import pictures, progress
from models.errors import CanaryError, PictureSetError

_TIMEOUT_SECONDS: Final = 60
_MEDIA_TYPES: Final = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One number of the manifest, and the endpoint's; None where it gave none."""

    picture: str
    name: str
    expected: float
    answered: float | None
    within: bool


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """What an endpoint answered."""

    url: str
    """Of the API, or the name of what was asked without one."""
    measure: str
    tolerance: float
    digest: str
    """Of the artifact."""
    answered_digest: str
    rows: tuple[Compared, ...]

    @property
    def passed(self) -> bool:
        """Whether this very artifact answers there, every number within the tolerance."""
        return self.digest == self.answered_digest and all(row.within for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self) | {"passed": self.passed}

    def table(self) -> str:
        """The report for a reader."""
        lines = [f"{'picture':24} {self.measure + ' of':24} {'expected':>10} {'answered':>10} {'difference':>10}"]
        for row in self.rows:
            answered = "none" if row.answered is None else f"{row.answered:.4f}"
            difference = "" if row.answered is None else f"{abs(row.answered - row.expected):.4f}"
            mark = "" if row.within else "  OUTSIDE"
            lines.append(f"{row.picture:24} {row.name:24} {row.expected:10.4f} {answered:>10} {difference:>10}{mark}")
        if self.digest != self.answered_digest:
            lines.append(f"OTHER MODEL: {self.url} serves {self.answered_digest[:12]}, not {self.digest[:12]}")
        outside = sum(not row.within for row in self.rows)
        verdict = "passed" if self.passed else "FAILED"
        lines.append(f"{verdict}: {outside} of {len(self.rows)} outside the tolerance of {self.tolerance:g}")
        return "\n".join(lines)


class Endpoint(Protocol):
    """What answers: an API at a URL, or a function asked without one."""

    @property
    def name(self) -> str:
        """For messages and reports."""

    def post(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """The JSON object that answers; `path` is the service's own, with its query. Raises CanaryError."""


def ask_canaries(artifact: Path, url: str, headers: Sequence[str] = (), *, shown: bool = False) -> CanaryReport:
    """Post the canary pictures of `artifact` to the API at `url`; `headers` are of the form NAME:VALUE.

    Raises CanaryError.
    """
    return compare_canaries(artifact, HttpEndpoint(url, headers), shown=shown)


def compare_canaries(artifact: Path, endpoint: Endpoint, *, shown: bool = False) -> CanaryReport:
    """Post the canary pictures of `artifact` to `endpoint`, and compare.

    Raises CanaryError where there is nothing to compare: no canaries, another picture set, an endpoint that does not
    answer as the function does.
    """
    function = _function(artifact)
    try:
        manifest, digest = _READ[function](artifact)
    except ManifestError as error:
        raise CanaryError(str(error)) from error
    if manifest.canaries is None:
        raise CanaryError(f"{artifact}: has no canaries; export the model again")
    known = pictures.load()
    rows: list[Compared] = []
    answered_digest = ""
    canaries = manifest.canaries
    for canary in progress.each("ask canaries", canaries.pictures, "picture", shown=shown):
        picture = known.find(canary.picture)
        if picture is None or picture.sha256 != canary.sha256:
            raise PictureSetError(f"{canary.picture}: not the picture {artifact} was measured on")
        answers, answered_digest = _ASK[function](endpoint, canary, picture.data)
        for name, expected in canary.expected.items():
            answered = answers.get(name)
            within = answered is not None and abs(answered - expected) <= canaries.tolerance
            rows.append(Compared(canary.picture, name, expected, answered, within))
    return CanaryReport(endpoint.name, canaries.measure, canaries.tolerance, digest, answered_digest, tuple(rows))


class HttpEndpoint:
    """The API at a URL."""

    def __init__(self, url: str, headers: Sequence[str]) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise CanaryError(f"{url}: not an http or https URL")
        self._url = url.rstrip("/")
        pairs = [header.partition(":") for header in headers]
        if not all(colon for _, colon, _ in pairs):
            raise CanaryError("a header must have the form NAME:VALUE")
        self._headers = {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def name(self) -> str:
        """The URL."""
        return self._url

    def post(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """The JSON object that answers. Raises CanaryError."""
        where = f"{self._url}{path.partition('?')[0]}"
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            self._url + path, data=body, headers=self._headers | {"content-type": media_type}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as reply:  # noqa: S310 - as above
                answer = json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                raise CanaryError(f"{where}: answered {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            why = getattr(reason, "strerror", None) or reason
            raise CanaryError(f"{where}: cannot be asked ({why})") from error
        except ValueError as error:
            raise CanaryError(f"{where}: answered something else than JSON") from error
        if not isinstance(answer, dict):
            raise CanaryError(f"{where}: answered something else than an object")
        return answer


def _ask_semantic(endpoint: Endpoint, canary: Canary, data: bytes) -> tuple[dict[str, float], str]:
    """Logits by filter, and the digest of the model that answered."""
    query = urlencode({"profile": "raw", "min_confidence": 0, "include": ",".join(canary.expected)}, safe=",")
    answer = endpoint.post(f"/detect?{query}", data, _MEDIA_TYPES[Path(canary.picture).suffix])
    try:
        logits = {entry["filter"]: entry["logit"] for entry in answer["attributes"]}
        return logits, str(answer["model"]["digest"])
    except (KeyError, TypeError) as error:
        raise CanaryError("/detect: answered something else than attributes and a model") from error


def _ask_aesthetic(endpoint: Endpoint, canary: Canary, data: bytes) -> tuple[dict[str, float], str]:
    """The reward, and the digest of the model that answered."""
    body = {"prompt": canary.prompt, "image_base64": base64.b64encode(data).decode()}
    answer = endpoint.post("/score", json.dumps(body).encode(), "application/json")
    try:
        return {"raw_score": answer["raw_score"]}, str(answer["model"]["digest"])
    except (KeyError, TypeError) as error:
        raise CanaryError("/score: answered something else than a score and a model") from error


_Read: TypeAlias = Callable[[Path], tuple[Manifest, str]]
_Ask: TypeAlias = Callable[[Endpoint, Canary, bytes], tuple[dict[str, float], str]]
_READ: Final[Mapping[str, _Read]] = {"semantic": read_manifest, "aesthetic": read_aesthetic_manifest}
_ASK: Final[Mapping[str, _Ask]] = {"semantic": _ask_semantic, "aesthetic": _ask_aesthetic}


def _function(artifact: Path) -> str:
    """The function an artifact is for; the semantic one for what no reader will take."""
    try:
        function = json.loads((artifact / MANIFEST_NAME).read_bytes())["function"]
    except (OSError, ValueError, KeyError, TypeError):
        return "semantic"
    return function if function in _READ else "semantic"
