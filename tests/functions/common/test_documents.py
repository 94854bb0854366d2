"""Any bytes are one JSON document or refused, and nothing passes that JSON cannot say."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.common.documents import parse_json
from functions.common.errors import BadRequest, InvalidRequest, MalformedJson
from functions.common.validation import query_document, validate
from functions.jobs.schemas import JobRequest
from functions.semantic.schemas.align import AlignOptions
from functions.semantic.schemas.batch import BatchRequest
from functions.semantic.schemas.detect import DetectRequest


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_a_document_or_refused(body: bytes) -> None:
    with suppress(BadRequest):
        parse_json(body)


JSON_BYTES = st.lists(
    st.sampled_from([b"{", b"}", b"[", b"]", b",", b":", b'"', b"a", b"1", b"-", b".", b"e9", b"\\u", b"d800", b"NaN",
                     b"true", b"null", b" ", b"\\", b"\xff", b"\xc3\xa9", b"\x00", b"Infinity", b"9" * 4301]),
    max_size=12,
).map(b"".join)  # fmt: skip


@given(JSON_BYTES)
@settings(max_examples=500)
def test_anything_like_json_is_a_document_or_refused(body: bytes) -> None:
    with suppress(BadRequest):
        parse_json(body)


CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(CHARACTERS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS), inner),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=200)
def test_every_document_is_understood(document: object) -> None:
    assert parse_json(json.dumps(document).encode()) == document
    assert parse_json(json.dumps(document, ensure_ascii=False).encode()) == document
    with suppress(InvalidRequest):
        validate(DetectRequest, document)


def test_a_byte_order_mark_is_no_part_of_the_document() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" * 400 + ".0"])
def test_numbers_json_or_doubles_do_not_have(number: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_json(b"[" + number.encode() + b"]")


TEXT = "NUL and unpaired surrogates are not allowed"
NUMBER = "NaN, Infinity and numbers beyond 1.8e308 are not allowed"
TWICE = "the same name may not appear twice in an object"


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        (r'{"images":[{"id":"a"},{"id":"b\u0000"}]}', "/images/1/id", f"images[1].id: {TEXT}"),
        (r'{"requested_filters":["a","\ud800"]}', "/requested_filters/1", f"requested_filters[1]: {TEXT}"),
        (r'{"images":[{"MARKER":["\udc00"]}]}', "/images/0", f"images[0]: {TEXT}"),
        (r'{"images":[{"MARKER\u0000":1}]}', "/images/0", f"images[0]: {TEXT}"),
        ('{"threshold":NaN}', "/threshold", f"threshold: {NUMBER}"),
        ('{"threshold":-1e999}', "/threshold", f"threshold: {NUMBER}"),
        ('{"MARKER":Infinity}', "", f"the body: {NUMBER}"),
        ('{"threshold":NaN,"threshold":1}', "", f"the body: {TWICE}"),
        ('{"images":[{"s3":{"key":"a","key":"b"}}]}', "/images/0/s3", f"images[0].s3: {TWICE}"),
        ("[" * 400 + "NaN" + "]" * 400, "", f"the body: {NUMBER}"),
    ],
)
def test_where_something_is_that_no_request_may_hold(body: str, pointer: str, detail: str) -> None:
    """As far as the names are the model's own; the caller's are never repeated."""
    with pytest.raises(InvalidRequest) as refusal:
        parse_json(body.encode(), BatchRequest)
    assert (refusal.value.pointer, refusal.value.detail) == (pointer, detail)


def test_where_something_is_in_a_job_or_a_query() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_json(b'{"request":{"labels":["a\\u0000"]}}', JobRequest)
    assert refusal.value.pointer == "/request"
    for name, pointer in (("requested_filters", "/requested_filters"), ("MARKER", "")):
        with pytest.raises(InvalidRequest) as refusal:
            query_document(AlignOptions, {name: ["a", "b\0"]})
        assert refusal.value.pointer == pointer


def test_where_it_stops_being_json() -> None:
    with pytest.raises(MalformedJson) as refusal:
        parse_json(b'{"a": 1,\n "b": ?}')
    assert refusal.value.detail == "the body is not JSON: line 2, column 7"
    with pytest.raises(MalformedJson) as refusal:
        parse_json(b'{"\xff')
    assert refusal.value.detail == "the body is not JSON: byte 2 is not UTF-8"


def test_the_number_of_members_is_limited_in_every_object() -> None:
    most = {str(number): 0 for number in range(256)}
    assert parse_json(json.dumps([most]).encode()) == [most]
    with pytest.raises(InvalidRequest) as refusal:
        parse_json(json.dumps([most | {"one more": 0}]).encode())
    assert (refusal.value.limit, refusal.value.actual) == (256, 257)


def test_the_number_of_lists_and_objects_is_limited() -> None:
    most = b"[" + b"[]," * 199_998 + b"{}]"
    assert len(parse_json(most)) == 199_999  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest) as refusal:
        parse_json(most[:-1] + b",[]]")
    assert (refusal.value.limit, refusal.value.actual) == (200_000, 200_001)
