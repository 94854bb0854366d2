"""The page at /docs: whole by itself, under whatever path a gateway puts it."""

import base64
import hashlib
import re

import pytest
from fastapi import FastAPI

from functions.common import service
from functions.common.receipts import Cashier
from tests.functions.calls import Answer, Call, through_asgi
from tests.functions.common.test_service import PLATFORM


@pytest.fixture
def page() -> Answer:
    app: FastAPI = service.create_service(
        title="small", version="1", description="", cashier=Cashier(PLATFORM), requests=[]
    )
    return through_asgi(app, Call("/docs", method="GET", content_type=None))[0]


def test_it_is_one_page_that_fetches_nothing_from_elsewhere(page: Answer) -> None:
    text = page.body.decode()
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "//" not in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    assert re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", text) == ["<script>"]


def test_it_asks_beside_itself(page: Answer) -> None:
    """An absolute path would leave out the stage."""
    asked = re.findall(r"(?:fetch\(|href: )([\"`])(.*?)\1", page.body.decode())
    assert [target for _, target in asked] == ["#${anchor(name)}", ".${path}", "openapi.json", "openapi.json"]


def test_a_browser_runs_this_script_and_style_and_no_other(page: Answer) -> None:
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    for name in ("script", "style"):
        (content,) = re.findall(rf"<{name}>(.*?)</{name}>", page.body.decode(), re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert policy[f"{name}-src"] == f"'sha256-{digest}'"


def test_nothing_is_put_into_the_page_as_markup(page: Answer) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", page.body.decode())
