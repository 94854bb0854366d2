"""GET /filters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.wire import Envelope, Reply


class FilterDescription(Reply):
    """A filter of the taxonomy."""

    name: Annotated[str, Field(description="the name to use in requests")]
    category: Annotated[str, Field(description="the category it belongs to")]
    prompts: Annotated[list[str], Field(description="the texts the picture is compared with")]
    sensitive: Annotated[bool, Field(description="whether it is scored only when a request names it or its category")]
    group: Annotated[str | None, Field(description="its group, whose filters exclude each other; null without one")]
    covered: Annotated[
        bool, Field(description="whether the model was trained to recognise it; if not, its scores are null")
    ]
    fitted: Annotated[bool, Field(description="whether the profile fitted has parameters for it")]


class CategoryDescription(Reply):
    """A category of filters."""

    name: Annotated[str, Field(description="the name to use in requests")]
    title: Annotated[str, Field(description="a title for people to read")]
    sensitive: Annotated[
        bool, Field(description="whether all its filters are sensitive: scored only when a request names them")
    ]
    about_people: Annotated[
        bool,
        Field(description="whether its filters describe people; requests that name one are scored for minor as well"),
    ]
    filters: Annotated[int, Field(description="number of its filters")]


class StyleDescription(Reply):
    """A style, and the wording its prompts are put into."""

    name: Annotated[str, Field(description="the name to use in requests")]
    title: Annotated[str, Field(description="a title for people to read")]
    templates: Annotated[list[str], Field(description="wording that prompts are put into for this style")]


class FiltersResult(Reply):
    """What requests can name."""

    filters: Annotated[list[FilterDescription], Field(description="all filters of the taxonomy, category by category")]
    categories: Annotated[list[CategoryDescription], Field(description="all categories of the taxonomy")]
    styles: Annotated[list[StyleDescription], Field(description="the styles a request can name")]
    total: Annotated[int, Field(description="number of filters")]
    covered: Annotated[int, Field(description="number of filters that the model was trained to recognise")]


class FiltersResponse(Envelope, FiltersResult):
    """Answer of GET /filters."""
