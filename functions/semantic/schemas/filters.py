"""GET /filters."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from functions.common.wire import Envelope, Reply


class FilterDescription(Reply):
    """A filter of the taxonomy."""

    name: Annotated[str, Field(description="what requests call it")]
    category: Annotated[str, Field(description="that it belongs to")]
    prompts: Annotated[list[str], Field(description="the texts the picture is compared with")]
    sensitive: Annotated[bool, Field(description="scored only when a request names it or its category")]
    group: Annotated[str | None, Field(description="filters of one group exclude each other")]
    covered: Annotated[
        bool, Field(description="whether the model at hand was trained to tell it; scores are null where not")
    ]
    fitted: Annotated[bool, Field(description="whether the profile fitted has parameters for it")]


class CategoryDescription(Reply):
    """A category of filters."""

    name: Annotated[str, Field(description="what requests call it")]
    title: Annotated[str, Field(description="for people to read")]
    sensitive: Annotated[
        bool, Field(description="whether all of its filters are: scored only when a request names them")
    ]
    about_people: Annotated[
        bool, Field(description="whether its filters say something about a person; requests with one score minor too")
    ]
    filters: Annotated[int, Field(description="how many it has")]


class StyleDescription(Reply):
    """A style, and the wording its prompts are put into."""

    name: Annotated[str, Field(description="what requests call it")]
    title: Annotated[str, Field(description="for people to read")]
    templates: Annotated[list[str], Field(description="wording that prompts are put into in this style")]


class FiltersResult(Reply):
    """What can be asked for."""

    filters: Annotated[list[FilterDescription], Field(description="all of the taxonomy, category by category")]
    categories: Annotated[list[CategoryDescription], Field(description="all of the taxonomy")]
    styles: Annotated[list[StyleDescription], Field(description="those a request can name as style")]
    total: Annotated[int, Field(description="how many filters there are")]
    covered: Annotated[int, Field(description="how many of them the model at hand was trained to tell")]


class FiltersResponse(Envelope, FiltersResult):
    """Answer of GET /filters."""
