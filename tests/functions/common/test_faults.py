"""What the log may have of a fault."""

import json

from functions.common.faults import trace
from tests.functions.pictures import MARKER


def first() -> None:
    json.loads(f"[{json.dumps(MARKER)}")


def second() -> None:
    try:
        first()
    except ValueError as error:
        raise KeyError(MARKER) from error


def caught() -> BaseException:
    try:
        second()
    except KeyError as error:
        return error
    raise AssertionError


def test_types_and_frames_of_the_whole_chain_without_messages() -> None:
    written = trace(caught())
    assert written.index("builtins.KeyError") < written.index("json.decoder.JSONDecodeError")
    for where in ("in second", "in first", "test_faults.py", "raise KeyError(MARKER) from error"):
        assert where in written
    assert MARKER not in written


def test_a_chain_in_a_ring_ends() -> None:
    one, two = ValueError(MARKER), TypeError(MARKER)
    one.__cause__, two.__cause__ = two, one
    assert trace(one) == "builtins.ValueError\nbuiltins.TypeError"
