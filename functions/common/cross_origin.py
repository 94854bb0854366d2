"""Pages of other origins: by default browsers let none of them read an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

EXPOSED_HEADERS: Final = (
    *("location", "retry-after", "x-cost-usd", "x-inference-time", "x-model-digest", "x-request-id", "x-total-time"),
)


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Lets pages of `origins`, `*` for any, read every answer of `app`; preflights are the gateway's to answer."""
    if origins:
        app.add_middleware(CORSMiddleware, allow_origins=origins, expose_headers=EXPOSED_HEADERS)
