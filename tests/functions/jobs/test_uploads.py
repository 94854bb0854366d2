"""POST /uploads: the form it gives, as S3 takes it and refuses it."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.functions.calls import Answer, Call, check_problem, through_asgi
from tests.functions.jobs.stage import Stage
from tests.functions.pictures import blocks, encoded

PICTURE = encoded(blocks(), "PNG")


def offer(stage: Stage, body: Any = None, content_type: str = "application/json") -> Answer:
    sent = json.dumps({"content_type": "image/png"} if body is None else body).encode()
    return through_asgi(stage.app, Call("/uploads", sent, content_type=content_type))[0]


def post(form: dict[str, Any], data: bytes, **changed: str) -> int:
    answer = httpx.post(form["url"], data=form["fields"] | changed, files={"file": ("a.png", data)}, timeout=60)
    return answer.status_code


def test_a_picture_is_uploaded_and_is_where_the_answer_says(stage: Stage) -> None:
    answer = offer(stage)
    assert answer.status == 200
    form = answer.json
    assert form["s3"]["bucket"] == stage.bucket.name
    assert form["s3"]["key"].startswith("uploads/")
    assert post(form, PICTURE) == 204
    assert stage.s3.get_object(Bucket=stage.bucket.name, Key=form["s3"]["key"])["Body"].read() == PICTURE
    assert stage.submit({**stage.detect(), "request": {"s3": form["s3"]}}).status == 202


def test_no_two_places_are_the_same_and_none_can_be_guessed(stage: Stage) -> None:
    keys = {offer(stage).json["s3"]["key"] for _ in range(5)}
    assert len(keys) == 5
    assert all(len(key) == len("uploads/") + 32 for key in keys)


def test_s3_refuses_what_the_form_does_not_allow(deploy: Callable[..., Stage]) -> None:
    stage = deploy(MAX_DOWNLOAD_BYTES="1024")
    form = offer(stage).json
    assert form["max_bytes"] == 1024
    assert post(form, bytes(1025)) == 400
    assert post(form, b"") == 400
    assert post(form, b"x", key="uploads/another") == 403
    assert post(form, b"x", **{"Content-Type": "text/html"}) == 403
    assert stage.stored() == []
    assert post(form, bytes(1024)) == 204


def test_the_form_ends_when_it_says(deploy: Callable[..., Stage]) -> None:
    stage = deploy(UPLOAD_SECONDS="600")
    form = offer(stage).json
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    ends = datetime.fromisoformat(form["expires_at"])
    assert abs((ends - datetime.fromisoformat(policy["expiration"])).total_seconds()) < 60
    assert abs(ends.timestamp() - stage.clock() - 600) < 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/content_type"),
        ({"content_type": "image/svg+xml"}, "/content_type"),
        ({"content_type": "image/png", "size": 5}, ""),
        ([], ""),
    ],
)
def test_what_is_no_picture_is_refused(stage: Stage, body: Any, pointer: str) -> None:
    assert check_problem(offer(stage, body), 422, "invalid_request").get("pointer", "") == pointer


def test_a_body_that_is_not_json_is_refused(stage: Stage) -> None:
    check_problem(offer(stage, content_type="image/png"), 415, "unsupported_media_type")
