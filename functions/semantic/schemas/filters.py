"""GET /filters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.wire import Envelope, Reply


class FilterDescription(Reply):
    """A filter of the taxonomy."""

    name: str
    category: str
    prompts: list[str]
    sensitive: Annotated[bool, Field(description="scored only when a request names it or its category")]
    group: Annotated[str | None, Field(description="filters of one group exclude each other")]
    covered: bool
    fitted: Annotated[bool, Field(description="whether the profile fitted has parameters for it")]


class CategoryDescription(Reply):
    """A category of filters."""

    name: str
    title: str
    sensitive: bool
    about_people: bool
    filters: int


class StyleDescription(Reply):
    """A style, and the wording its prompts are put into."""

    name: str
    title: str
    templates: list[str]


class FiltersResult(Reply):
    """What can be asked for."""

    filters: list[FilterDescription]
    categories: list[CategoryDescription]
    styles: list[StyleDescription]
    total: int
    covered: int


class FiltersResponse(Envelope, FiltersResult):
    """Answer of GET /filters."""
