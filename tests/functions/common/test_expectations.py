"""What a place in a request takes, in words."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from functions.common.expectations import expected, fields


class Inner(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    initial: Annotated[str | None, Field(max_length=1)] = None


class Outer(BaseModel):
    share: Annotated[float, Field(ge=0, le=1)]
    count: Annotated[int, Field(ge=2)]
    most: Annotated[float | None, Field(le=2.5)] = None
    any_number: float
    one: Literal["only"]
    some: Literal["a", "b", "c"]
    flag: bool
    inner: Inner
    maybe: Inner | None = None
    several: Annotated[list[Inner], Field(min_length=1, max_length=3)]
    single: Annotated[list[str], Field(max_length=1)]
    either: int | str


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ((), "an object"),
        (("share",), "a number from 0 to 1"),
        (("count",), "a whole number of at least 2"),
        (("most",), "a number of at most 2.5"),
        (("any_number",), "a number"),
        (("one",), "only"),
        (("some",), "a, b or c"),
        (("flag",), "true or false"),
        (("inner",), "an object"),
        (("inner", "name"), "text of at least 1 character"),
        (("maybe", "initial"), "text of at most 1 character"),
        (("several",), "a list of 1 to 3 entries"),
        (("several", 7, "name"), "text of at least 1 character"),
        (("single",), "a list of at most 1 entry"),
        (("either",), None),
        (("nothing",), None),
        (("share", 1), None),
        (("nothing", "more"), None),
    ],
)
def test_what_is_expected(location: tuple[str | int, ...], words: str | None) -> None:
    assert expected(Outer, location) == words


def test_the_fields_of_an_object() -> None:
    assert fields(Outer, ())[:3] == ["share", "count", "most"]
    assert fields(Outer, ("several", 2)) == ["name", "initial"]
    assert fields(Outer, ("share",)) == fields(Outer, ("nothing",)) == []
