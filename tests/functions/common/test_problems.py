"""One table from error to status, complete, and the one shape every error is told in."""

import json
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from functions.common.errors import (
    BadImage,
    BadRequest,
    Busy,
    InvalidRequest,
    MethodNotAllowed,
    ServiceError,
    TooManyNewLabels,
    Unavailable,
    UnknownFilter,
)
from functions.common.problems import STATUS, headers, problem
from tests.functions.calls import check_contract

BASES = {ServiceError, BadRequest, BadImage, Unavailable}


def tree(base: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield base
    for child in base.__subclasses__():
        yield from tree(child)


def test_every_error_is_in_the_table_and_no_base_is() -> None:
    assert set(STATUS) == set(tree(ServiceError)) - BASES


def test_codes_are_stable_and_distinct() -> None:
    codes = {error: error.code for error in STATUS}
    assert all("code" in vars(error) for error in STATUS), "an error without a code of its own reads as another"
    assert len(set(codes.values())) == len(codes)


def test_only_our_own_side_is_5xx() -> None:
    for error, (status, _) in STATUS.items():
        assert (status >= 500) == issubclass(error, Unavailable), error


def make(kind: type[ServiceError]) -> ServiceError:
    return kind("what is wrong", allow="GET") if issubclass(kind, MethodNotAllowed) else kind("what is wrong")


@pytest.mark.parametrize("kind", STATUS, ids=lambda kind: kind.__name__)
def test_the_shape_of_each(kind: type[ServiceError]) -> None:
    status, title = STATUS[kind]
    told = problem(make(kind), "request-1").model_dump(exclude_none=True)
    assert told == {
        "type": f"urn:imajin:problem:{kind.code}",
        "title": title,
        "status": status,
        "detail": "what is wrong",
        "code": kind.code,
        "request_id": "request-1",
        "retryable": status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}
        or kind is TooManyNewLabels,
    }
    check_contract("Problem", json.loads(problem(make(kind), "request-1").model_dump_json(exclude_none=True)))


def test_what_applies_is_told_too() -> None:
    error = InvalidRequest("must be at most 50", pointer="/images", limit=50, actual=51)
    told = problem(error, "request-1")
    assert (told.pointer, told.limit, told.actual) == ("/images", 50, 51)
    assert problem(InvalidRequest("wrong", pointer=""), "r").model_dump(exclude_none=True)["pointer"] == ""


def test_headers_that_belong_to_an_error() -> None:
    assert headers(UnknownFilter("no")) == {}
    assert headers(Busy("full", retry_after_seconds=1)) == {"retry-after": "1"}
    assert headers(MethodNotAllowed("no", allow="GET, HEAD")) == {"allow": "GET, HEAD"}
