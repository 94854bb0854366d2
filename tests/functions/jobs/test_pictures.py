"""Which pictures a job may name, however its request is built."""

import tracemalloc
from typing import Any

import pytest

from functions.common.errors import S3Blocked
from functions.common.objects import Grant
from functions.jobs.pictures import check_pictures

GRANTS = [Grant("pictures", "approved/")]
ALLOWED = {"bucket": "pictures", "key": "approved/a.png"}


def nested(depth: int, innermost: Any) -> dict[str, Any]:
    value = innermost
    for _ in range(depth):
        value = [value]
    return {"images": value}


def test_the_first_in_the_order_sent_is_named() -> None:
    elsewhere = {"s3": {"bucket": "pictures", "key": "private/a.png"}}
    request = {"first": {"s3": ALLOWED, "inner": [1, {"s3": ALLOWED}, "s3", elsewhere]}, "second": elsewhere}
    with pytest.raises(S3Blocked) as refused:
        check_pictures(request, GRANTS)
    assert refused.value.pointer == "/request/first/inner/3/s3"


def test_a_large_and_deeply_nested_request_takes_no_memory_of_its_own() -> None:
    """A pointer written out for every value of this one would be 40 MB, and of one at the limit of a body gigabytes."""
    request = nested(900, [{"s3": ALLOWED}, *[0] * 20_000])
    tracemalloc.start()
    try:
        check_pictures(request, GRANTS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
