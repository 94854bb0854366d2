"""A deployed API called as a client would: with key, signature, firewall and binary media types."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from models.errors import CanaryError

TIMEOUT_SECONDS: Final = 60
# A key, its usage plan and a stage are known everywhere within a minute of being made; until then it is 403.
SETTLING_SECONDS: Final = 90
PAUSE_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """One service of an API: `url` leads to its routes. With `credentials` requests are signed for `region`.

    A 403 is retried for a minute and a half: a new key takes that long to be known.
    """

    url: str
    key: str = field(repr=False)
    region: str
    credentials: ReadOnlyCredentials | None = None
    pause: Callable[[float], None] = time.sleep

    @property
    def name(self) -> str:
        """The URL."""
        return self.url

    def post(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        """The JSON object that answers. Raises CanaryError."""
        where = f"{self.url}{path.partition('?')[0]}"
        left = SETTLING_SECONDS
        while True:
            try:
                status, content = self._send(path, body, media_type)
            except (OSError, ValueError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", error)
                why = getattr(reason, "strerror", None) or reason
                raise CanaryError(f"{where}: cannot be asked ({why})") from error
            if status != 403 or left <= 0:
                break
            self.pause(PAUSE_SECONDS)
            left -= PAUSE_SECONDS
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise CanaryError(f"{where}: answered {status} with something other than JSON") from error
        if status != 200 or not isinstance(answer, dict):
            code = answer.get("code") if isinstance(answer, dict) else None
            raise CanaryError(f"{where}: answered {status} {code or ''}".rstrip())
        return answer

    def _send(self, path: str, body: bytes, media_type: str) -> tuple[int, bytes]:
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise CanaryError(f"{self.url!r} is not an http or https URL")
        route, _, query = path.partition("?")
        # A signature is over the query as AWS encodes it, commas and all.
        encoded = urlencode(parse_qsl(query, keep_blank_values=True), quote_via=quote, safe="")
        target = f"{self.url}{route}?{encoded}" if encoded else self.url + route
        headers = {"content-type": media_type, "x-api-key": self.key}
        signed = AWSRequest("POST", target, headers, body)
        if self.credentials:
            SigV4Auth(self.credentials, "execute-api", self.region).add_auth(signed)
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            target, data=body, headers=dict(signed.headers), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310 - as above
                return int(reply.status), bytes(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
