"""GET /docs: a page that shows the API's own description, made of one file and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

PAGE: Final = Path(__file__).with_name("documentation.html")


def add_documentation(app: FastAPI) -> None:
    """Adds the page. It fetches openapi.json by a relative path, so it works wherever the service is mounted."""

    async def documentation(_: Request) -> Response:
        page, policy = _page()
        return Response(page, media_type="text/html", headers={"content-security-policy": policy})

    app.add_route("/docs", documentation, methods=["GET"], include_in_schema=False)


@cache
def _page() -> tuple[str, str]:
    """The page and what a browser lets it do: run its own script and style, and ask this service."""
    text = PAGE.read_text(encoding="utf-8")
    parts = {name: re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL) for name in ("script", "style")}
    hashes = {name: " ".join(f"'sha256-{_digest(part)}'" for part in found) for name, found in parts.items()}
    allowed = [f"{name}-src {digests}" for name, digests in hashes.items()]
    return text, "; ".join(["default-src 'none'", "connect-src 'self'", "base-uri 'none'", *allowed])


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
