"""The app against its own OpenAPI document: every route and method, data that fits the document and data that does not.

What is generated is the same in every run. FUZZ_EXAMPLES takes it further, at about 200 requests a second:

    FUZZ_EXAMPLES=2000 pytest tests/functions/test_fuzz_contract.py
"""

from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.specs.openapi.checks import negative_data_rejection

from taxonomy import Taxonomy
from tests.functions.calls import CONTRACT, as_base64
from tests.functions.fuzzing import CHECKS, settings
from tests.functions.pictures import blocks, encoded

SCHEMA = schemathesis.openapi.from_dict(CONTRACT)
SETTINGS = settings(40)
PICTURE = as_base64(encoded(blocks(), "PNG"))
POSTS = [path for path, methods in CONTRACT["paths"].items() if "post" in methods]


@SCHEMA.parametrize()
@SETTINGS
def test_answers_are_what_the_document_says(case: schemathesis.Case[Any], app: FastAPI) -> None:
    case.validate_response(case.call(app=app), checks=CHECKS)


@pytest.mark.parametrize("path", POSTS)
def test_what_the_document_allows_is_served(path: str, app: FastAPI, words: Taxonomy) -> None:
    """With a real picture and real names in their places, for a generator knows neither."""
    seen: set[int] = set()

    @hypothesis.given(SCHEMA[path]["POST"].as_strategy())
    @SETTINGS
    def fits(case: schemathesis.Case[Any]) -> None:
        body: Any = case.body
        if isinstance(body, dict):
            # What OpenAPI has no words for: the query belongs to a picture's bytes.
            case.body, case.query = made_real(body, words), {}
        else:
            case.body, case.query = encoded(blocks(), "PNG"), made_real(dict(case.query), words)
        response = case.call(app=app)
        # A picture's bytes are no text, so to the check of what has to be rejected they are.
        unsuited: list[Any] = [] if isinstance(body, dict) else [negative_data_rejection]
        case.validate_response(response, checks=CHECKS, excluded_checks=unsuited)
        seen.add(response.status_code)
        # Duplicate names and labels, and those of nothing but punctuation, are beyond what the document can say.
        assert response.status_code in {200, 422}, response.content

    fits()
    assert 200 in seen


def made_real(body: dict[str, Any], words: Taxonomy) -> dict[str, Any]:
    """The body, with a picture that can be read and filters that there are."""
    names = [entry.name for entry in words.filters]
    sources = {"image_base64", "image_url", "s3"}
    real = {key: value for key, value in body.items() if key not in sources or value is None}
    if sources & body.keys():
        real["image_base64"] = PICTURE
    for key in {"include", "exclude", "requested_filters"} & real.keys():
        if isinstance(real[key], list):
            real[key] = [names[(len(str(name)) + at) % len(names)] for at, name in enumerate(real[key])]
    if "images" in real:
        real["images"] = [made_real(image, words) for image in real["images"]]
    if "image_data" in real:
        real["image_data"] = PICTURE
    return real
