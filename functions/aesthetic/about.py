"""What the service says of itself: `/info`."""

from __future__ import annotations

from typing import Final

from functions.aesthetic.model import AestheticModel
from functions.aesthetic.preprocessing import MAX_ASPECT_RATIO
from functions.aesthetic.schemas import (
    MAX_CANDIDATES,
    MAX_PROMPT_CHARACTERS,
    MAX_PROMPTS,
    InfoResult,
    InputSize,
    Limits,
    ScoreMeaning,
)
from functions.aesthetic.tie_margin import tie_margin
from functions.common.deployment import DeploymentSettings
from functions.common.engines import engine
from functions.common.limits import batch_limits, input_sources, request_limits
from functions.common.precision import precision
from functions.common.sources import Sources

_MEANING: Final = ScoreMeaning(
    raw_score=(
        "the model's reward, higher is better. ImageReward's has mean 0 and standard deviation 1 on its training "
        "data; about 62 % of pictures lie within 1 of 0, 98 % within 2"
    ),
    normalized_score="sigmoid(raw_score), for display: 0.5 is the mean. Neither a probability nor a percentile",
    percentile="percentage of the named distribution with a lower reward; null if none is named",
    win_probability="sigmoid(std * (raw_score - raw_score of the next in rank)), std from the model's training data",
    advice=(
        "compare pictures made for the same prompt; to accept or reject single ones, score your own pictures and take "
        "the threshold that keeps the top share you want, as the model's authors advise, not a fixed value"
    ),
)


def info(
    model: AestheticModel, deployment: DeploymentSettings, sources: Sources, *, load_ms: float, version: str
) -> InfoResult:
    """What answers here, and how it is set."""
    manifest = model.artifact.manifest
    return InfoResult(
        service="aesthetic",
        version=version,
        device=model.engine.device,
        engine=engine(deployment.threads, model.runtime),
        precision=precision(manifest, model.reference.precision),
        input=InputSize(image_pixels=manifest.preprocessing.size, prompt_tokens=manifest.prompt.length),
        meaning=_MEANING,
        tie_margin=tie_margin(manifest),
        reference_distribution=manifest.distribution.name if manifest.distribution else None,
        sources=input_sources(sources),
        limits=Limits(
            **request_limits(deployment),
            max_prompts=MAX_PROMPTS,
            max_prompt_characters=MAX_PROMPT_CHARACTERS,
            max_aspect_ratio=MAX_ASPECT_RATIO,
            batch=batch_limits(deployment, MAX_CANDIDATES),
        ),
        load_ms=round(load_ms, 1),
    )
