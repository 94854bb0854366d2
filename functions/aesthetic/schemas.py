"""The aesthetic service on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from functions.common.engines import ServiceInfo
from functions.common.limits import BatchCallLimits, InputSources, RequestLimits
from functions.common.problems import Problem
from functions.common.wire import (
    SAMPLE_PICTURE,
    SOURCES,
    BatchImage,
    Continuation,
    Envelope,
    ImageSource,
    Notice,
    Repeated,
    Reply,
    Request,
    exactly_one,
)

MAX_CANDIDATES: Final = 10
MAX_PROMPTS: Final = 16
MAX_PROMPT_CHARACTERS: Final = 8192

Share = Annotated[float, Field(ge=0, le=1)]
MADE_FOR: Final = "what the picture was made for, as it was given to the generator; may be empty"
Prompt = Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS, description=MADE_FOR)]
Reward = Annotated[float, Field(description="the model's own; higher is better, /info says what it means")]
Percentile = Annotated[
    float | None,
    Field(ge=0, le=100, description="among the rewards of the distribution that /info names; null where it names none"),
]


Elapsed = Annotated[float, Field(description="from the request's arrival to its scores")]

_PROMPT: Final = "an adult with purple hair in a hoodie"
_ONE_SOURCE: Final[Any] = {"oneOf": exactly_one(*SOURCES)}
_ONE_PROMPT: Final[Any] = {"oneOf": exactly_one("prompt", "prompts")}


class ScoreOptions(Request):
    """The prompt, or several for the one picture."""

    model_config = ConfigDict(json_schema_extra=_ONE_PROMPT)

    prompt: Annotated[Prompt | None, Field(description=MADE_FOR, examples=[_PROMPT])] = None
    prompts: Annotated[
        list[Prompt] | None,
        Field(
            min_length=1,
            max_length=MAX_PROMPTS,
            description="as prompt, each scored by itself; in a query string, one parameter for each",
        ),
        Repeated(),
    ] = None

    @model_validator(mode="after")
    def _prompt_or_prompts(self) -> Self:
        if (self.prompt is None) == (self.prompts is None):
            how_many = "neither of them is" if self.prompt is None else "both of them are"
            raise ValueError(f"the prompt has to be given as exactly one of prompt, prompts; {how_many} here")
        return self


class ScoreRequest(ImageSource, ScoreOptions):
    """POST /score."""

    model_config = ConfigDict(json_schema_extra={"allOf": [_ONE_SOURCE, _ONE_PROMPT]})


class ScoreBatchRequest(Request):
    """POST /score-batch."""

    prompt: Annotated[Prompt, Field(examples=[_PROMPT])]
    candidates: Annotated[
        list[BatchImage],
        Field(
            min_length=1,
            max_length=MAX_CANDIDATES,
            description="pictures made for the prompt, by any sources",
            examples=[[{"id": "first", "image_base64": SAMPLE_PICTURE}]],
        ),
    ]


class PromptScore(Reply):
    """How much people would like the picture, made for one prompt."""

    raw_score: Reward
    normalized_score: Annotated[Share, Field(description="sigmoid(raw_score)")]
    percentile: Percentile
    prompt_truncated: Annotated[bool, Field(description="the prompt is longer than the model reads; its end was cut")]


class ScoreResult(PromptScore):
    """The score for the one prompt."""

    processing_time_ms: Elapsed


class ScoreResponse(Envelope, ScoreResult):
    """Answer of POST /score to `prompt`."""


class ScoresResult(Reply):
    """A score for each prompt, in the order sent."""

    scores: Annotated[list[PromptScore], Field(description="one a prompt, in the order sent")]
    processing_time_ms: Elapsed


class ScoresResponse(Envelope, ScoresResult):
    """Answer of POST /score to `prompts`."""


class CandidateResult(Reply):
    """One candidate: its place, or why it has none."""

    rank: Annotated[int | None, Field(description="from 1, the best; null without a score")] = None
    index: Annotated[int, Field(description="its place in the request, from 0")]
    id: Annotated[str | None, Field(description="as sent")]
    status: Annotated[
        Literal["ok", "error", "not_processed"],
        Field(description="scored, refused (see error), or left for the next call (see continuation)"),
    ]
    raw_score: Annotated[
        float | None, Field(description="that of the picture alone; higher is better, /info says what it means")
    ] = None
    normalized_score: Annotated[Share | None, Field(description="sigmoid(raw_score)")] = None
    percentile: Percentile = None
    win_probability: Annotated[
        Share | None,
        Field(description="how probable it is that people prefer it to the next in rank; null for the last"),
    ] = None
    error: Annotated[Problem | None, Field(description="what the picture alone would have been answered")]
    warnings: Annotated[
        list[Notice], Field(description="about this candidate; those about the prompt are the answer's")
    ]


class RankingResult(Reply):
    """Candidates, best first; then those that were refused, then those that time did not reach."""

    best_candidate: Annotated[int | None, Field(description="index of the best; null when none could be scored")]
    results: Annotated[list[CandidateResult], Field(description="each candidate once, best first")]
    tied: Annotated[
        list[list[int]],
        Field(
            description="groups of candidates, by index, no two of which differ by more than tie_margin; one candidate "
            "may be in two groups"
        ),
    ]
    tie_margin: Annotated[
        float, Field(description="smaller differences of raw_score tell nothing: quantised arithmetic")
    ]
    prompt_truncated: Annotated[
        bool | None,
        Field(description="the prompt is longer than the model reads; its end was cut. Null when none could be scored"),
    ]
    processing_time_ms: Elapsed
    continuation: Annotated[Continuation | None, Field(description="the ranking is of the candidates before it")]


class ScoreBatchResponse(Envelope, RankingResult):
    """Answer of POST /score-batch."""


class InputSize(Reply):
    """How pictures and prompts reach the model."""

    image_pixels: Annotated[int, Field(description="side of the middle square the model sees")]
    prompt_tokens: Annotated[int, Field(description="word pieces the model reads, two of them marks of its own")]


class ScoreMeaning(Reply):
    """What the numbers are, and are not."""

    raw_score: Annotated[str, Field(description="its scale, in words")]
    normalized_score: Annotated[str, Field(description="its formula and meaning")]
    percentile: Annotated[str, Field(description="its meaning")]
    win_probability: Annotated[str, Field(description="its formula")]
    advice: Annotated[str, Field(description="how to decide by scores")]


class Limits(RequestLimits):
    """What a request may hold."""

    max_prompts: Annotated[int, Field(description="of one call of /score")]
    max_prompt_characters: Annotated[int, Field(description="of one prompt")]
    max_aspect_ratio: Annotated[float, Field(description="of a picture's longer side to its shorter")]
    batch: Annotated[BatchCallLimits, Field(description="of /score-batch")]


class InfoResult(ServiceInfo):
    """What answers here, and how it is set."""

    input: Annotated[InputSize, Field(description="how pictures and prompts reach the model")]
    meaning: Annotated[ScoreMeaning, Field(description="what the numbers are, and are not")]
    tie_margin: Annotated[float, Field(description="smaller differences of raw_score tell nothing")]
    reference_distribution: Annotated[str | None, Field(description="what percentile is among; null where it is null")]
    sources: Annotated[InputSources, Field(description="ways to hand over a picture")]
    limits: Annotated[Limits, Field(description="what requests are held to")]
    load_ms: Annotated[float, Field(description="time from opening the artifact to ready")]


class InfoResponse(Envelope, InfoResult):
    """Answer of GET /info."""
