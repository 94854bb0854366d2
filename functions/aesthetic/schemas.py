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
MADE_FOR: Final = "the prompt that the picture was generated from; may be empty"
Prompt = Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS, description=MADE_FOR)]
Reward = Annotated[float, Field(description="the model's reward, higher is better; /info explains the scale")]
Percentile = Annotated[
    float | None,
    Field(ge=0, le=100, description="percentile in the reference distribution that /info names; null if it names none"),
]


Elapsed = Annotated[float, Field(description="milliseconds from the request's arrival to its scores")]

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
            description="several prompts, each scored on its own; in a query string, one parameter for each",
        ),
        Repeated(),
    ] = None

    @model_validator(mode="after")
    def _prompt_or_prompts(self) -> Self:
        if (self.prompt is None) == (self.prompts is None):
            how_many = "neither is" if self.prompt is None else "both are"
            raise ValueError(f"send exactly one of prompt, prompts; {how_many} given")
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
            description="pictures made for the prompt, each from any source",
            examples=[[{"id": "first", "image_base64": SAMPLE_PICTURE}]],
        ),
    ]


class PromptScore(Reply):
    """How much people would like the picture, made for one prompt."""

    raw_score: Reward
    normalized_score: Annotated[Share, Field(description="sigmoid(raw_score)")]
    percentile: Percentile
    prompt_truncated: Annotated[
        bool, Field(description="whether the prompt is longer than the model reads and was cut")
    ]


class ScoreResult(PromptScore):
    """The score for the one prompt."""

    processing_time_ms: Elapsed


class ScoreResponse(Envelope, ScoreResult):
    """Answer of POST /score to `prompt`."""


class ScoresResult(Reply):
    """A score for each prompt, in the order sent."""

    scores: Annotated[list[PromptScore], Field(description="one for each prompt, in the order sent")]
    processing_time_ms: Elapsed


class ScoresResponse(Envelope, ScoresResult):
    """Answer of POST /score to `prompts`."""


class CandidateResult(Reply):
    """One candidate: its rank, or why it has none."""

    rank: Annotated[int | None, Field(description="from 1, the best; null without a score")] = None
    index: Annotated[int, Field(description="the candidate's index in the request, from 0")]
    id: Annotated[str | None, Field(description="as sent; null if none was")]
    status: Annotated[
        Literal["ok", "error", "not_processed"],
        Field(description="ok: scored; error: refused, see error; not_processed: no time left, see continuation"),
    ]
    raw_score: Annotated[
        float | None, Field(description="the reward, as for this picture alone; higher is better. Null unless ok")
    ] = None
    normalized_score: Annotated[Share | None, Field(description="sigmoid(raw_score); null unless ok")] = None
    percentile: Percentile = None
    win_probability: Annotated[
        Share | None,
        Field(description="probability that people prefer it to the next in rank; null for the last, and unless ok"),
    ] = None
    error: Annotated[
        Problem | None,
        Field(description="the problem this picture alone would have been refused with; null unless error"),
    ]
    warnings: Annotated[
        list[Notice], Field(description="about this candidate; those about the prompt are in the answer's own warnings")
    ]


class RankingResult(Reply):
    """Candidates, best first; then those that were refused, then those there was no time for."""

    best_candidate: Annotated[
        int | None, Field(description="index of the best candidate; null if none could be scored")
    ]
    results: Annotated[list[CandidateResult], Field(description="one for each candidate, best first")]
    tied: Annotated[
        list[list[int]],
        Field(
            description="groups of candidates, by index, in which no two differ by more than tie_margin; a candidate "
            "may be in more than one"
        ),
    ]
    tie_margin: Annotated[
        float, Field(description="smaller differences of raw_score mean nothing, because of quantised arithmetic")
    ]
    prompt_truncated: Annotated[
        bool | None,
        Field(
            description="whether the prompt is longer than the model reads and was cut; null if none could be scored"
        ),
    ]
    processing_time_ms: Elapsed
    continuation: Annotated[
        Continuation | None,
        Field(description="where to continue; only earlier candidates are ranked. Null if there was time for all"),
    ]


class ScoreBatchResponse(Envelope, RankingResult):
    """Answer of POST /score-batch."""


class InputSize(Reply):
    """How pictures and prompts reach the model."""

    image_pixels: Annotated[int, Field(description="side of the central square that the model sees, in pixels")]
    prompt_tokens: Annotated[int, Field(description="tokens the model reads, including two special ones")]


class ScoreMeaning(Reply):
    """What the scores mean, and what they do not."""

    raw_score: Annotated[str, Field(description="what it is, and its scale")]
    normalized_score: Annotated[str, Field(description="its formula and meaning")]
    percentile: Annotated[str, Field(description="its meaning")]
    win_probability: Annotated[str, Field(description="its formula")]
    advice: Annotated[str, Field(description="how to use the scores")]


class Limits(RequestLimits):
    """Limits of requests."""

    max_prompts: Annotated[int, Field(description="prompts in one call of /score")]
    max_prompt_characters: Annotated[int, Field(description="characters in one prompt")]
    max_aspect_ratio: Annotated[
        float, Field(description="longest side a picture may have, as a multiple of its shorter one")
    ]
    batch: Annotated[BatchCallLimits, Field(description="limits of /score-batch")]


class InfoResult(ServiceInfo):
    """The service's model and settings."""

    input: Annotated[InputSize, Field(description="how pictures and prompts reach the model")]
    meaning: Annotated[ScoreMeaning, Field(description="what the scores mean, and what they do not")]
    tie_margin: Annotated[float, Field(description="smaller differences of raw_score mean nothing")]
    reference_distribution: Annotated[
        str | None, Field(description="the distribution that percentile refers to; null if there is none")
    ]
    sources: Annotated[InputSources, Field(description="optional ways to send a picture")]
    limits: Annotated[Limits, Field(description="limits of requests")]
    load_ms: Annotated[float, Field(description="milliseconds from opening the artifact until the model was ready")]


class InfoResponse(Envelope, InfoResult):
    """Answer of GET /info."""
