"""Which pages may read answers, refusals among them."""

import pytest
from fastapi import FastAPI

from functions.common import service
from functions.common.cross_origin import allow_origins
from functions.common.receipts import Cashier
from tests.functions.calls import Call, through_asgi
from tests.functions.common.test_service import PLATFORM

OURS = "https://app.example"


def cors_headers(app: FastAPI, path: str, origin: str = OURS) -> dict[str, str]:
    (answer,) = through_asgi(app, Call(path, method="GET", content_type=None, headers={"origin": origin}))
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control")}


@pytest.fixture
def app() -> FastAPI:
    return service.create_service(title="small", version="1", description="", cashier=Cashier(PLATFORM), requests=[])


@pytest.mark.parametrize("path", ["/openapi.json", "/nowhere"])
def test_pages_of_an_allowed_origin_may_read_every_answer(path: str, app: FastAPI) -> None:
    allow_origins(app, (OURS,))
    headers = cors_headers(app, path)
    assert headers["access-control-allow-origin"] == OURS
    assert "x-cost-usd" in headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in cors_headers(app, path, "https://other.example")


def test_by_default_pages_may_read_nothing(app: FastAPI) -> None:
    allow_origins(app, ())
    assert cors_headers(app, "/openapi.json") == {}
