"""The committed contract of uploads and jobs: what is served, what its golden exchanges show, and any data there is."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import schemathesis

from functions.jobs.schemas import ROUTES
from ops.contract import DIRECTORY, documents
from tests.functions.fuzzing import CHECKS, settings
from tests.functions.jobs.goldens import CONTRACT, GOLDENS, JOBS, answers, steady
from tests.functions.jobs.stage import Stage

SCHEMA = schemathesis.openapi.from_dict(CONTRACT)
SETTINGS = settings(20)


def test_what_is_served_is_what_is_committed() -> None:
    assert documents()["jobs"] == CONTRACT
    text = (DIRECTORY / "jobs.json").read_text(encoding="utf-8")
    assert text == json.dumps(CONTRACT, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("function", ROUTES)
def test_a_job_takes_every_route_that_its_service_posts_to(function: str) -> None:
    paths = json.loads((DIRECTORY / f"{function}.json").read_text(encoding="utf-8"))["paths"]
    posts = {path for path, methods in paths.items() if "post" in methods}
    assert posts == {route for name, routes in ROUTES.items() if name == function for route in routes}


def test_every_endpoint_has_a_golden_exchange_as_the_contract_says() -> None:
    contracted = {(path, method.upper()) for path, methods in CONTRACT["paths"].items() for method in methods}
    assert {(golden["path"], golden["method"]) for golden in GOLDENS.values()} == contracted
    for name, golden in GOLDENS.items():
        described = JOBS.operation(golden)
        answered = described["responses"]["202" if name == "submit" else "200"]
        JOBS.validate(golden["response"], answered["content"]["application/json"]["schema"])
        if golden["request"] is not None:
            JOBS.validate(golden["request"], described["requestBody"]["content"]["application/json"]["schema"])


def test_golden_requests_are_answered_as_shown(deploy: Callable[..., Stage]) -> None:
    # The bucket's name is the one thing that another deployment changes.
    for name, answer in answers(stage := deploy(ALLOWED_S3="imajin-jobs")).items():
        shown = json.dumps(GOLDENS[name]["response"]).replace(
            '"bucket": "imajin-jobs"', f'"bucket": "{stage.bucket.name}"'
        )
        assert steady(answer.json) == steady(json.loads(shown)), name


def test_every_refusal_is_declared() -> None:
    for path, methods in CONTRACT["paths"].items():
        for described in methods.values():
            refusals = {status for status in described["responses"] if status[0] in "45"}
            assert refusals >= {"400", "500", "503"}
            assert ("404" in refusals) == (path == "/jobs/{id}")
            assert ("409" in refusals) == (path == "/jobs")
            for status in refusals:
                reference = described["responses"][status]["content"]["application/problem+json"]["schema"]
                assert reference == {"$ref": "#/components/schemas/Problem"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"function": "semantic", "route": "/score", "request": {}},
        {"function": "aesthetic", "route": "/", "request": {}},
        {"function": "semantic", "route": "/detect"},
        {"function": "semantic", "route": "/detect", "request": {}, "extra": 1},
    ],
)
def test_the_contract_refuses_what_the_code_refuses(wrong: dict[str, Any], stage: Stage) -> None:
    with pytest.raises(jsonschema.ValidationError):
        JOBS.validate(wrong, {"$ref": "#/components/schemas/JobRequest"})
    assert stage.submit(wrong).status == 422


@SCHEMA.parametrize()
@SETTINGS
def test_answers_are_what_the_document_says(case: schemathesis.Case[Any], everything: Stage) -> None:
    case.validate_response(case.call(app=everything.app), checks=CHECKS)
