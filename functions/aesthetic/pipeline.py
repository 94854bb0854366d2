"""One request's way through the service: picture and prompts, rewards, order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from functions.aesthetic.model import AestheticModel
from functions.aesthetic.ranking import Place, ranked, tied
from functions.aesthetic.reward_model import Reward
from functions.aesthetic.scale import normalized, percentile
from functions.aesthetic.schemas import (
    CandidateResult,
    PromptScore,
    RankingResult,
    ScoreBatchRequest,
    ScoreOptions,
    ScoreResult,
    ScoresResult,
)
from functions.aesthetic.scorer import Scorer
from functions.aesthetic.tie_margin import tie_margin
from functions.common.admission import Admission
from functions.common.batches import Outcome, PictureBatch, PictureWork
from functions.common.deployment import DeploymentSettings
from functions.common.exchange import Exchange
from functions.common.inputs import Picture, RemotePicture
from functions.common.loading import Loading
from functions.common.sources import Sources
from functions.common.wire import ModelReference


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The work behind the routes. Runs in worker threads; one inference at a time."""

    loading: Loading[AestheticModel]
    deployment: DeploymentSettings
    admission: Admission
    sources: Sources

    def model(self, exchange: Exchange) -> AestheticModel:
        """The model, waiting for it while it is being loaded. Raises ModelUnavailable."""
        return self.loading.get_for(exchange, self.deployment.load_wait_seconds)

    def score(
        self, picture: Picture | RemotePicture, options: ScoreOptions, exchange: Exchange
    ) -> tuple[ScoreResult | ScoresResult, ModelReference]:
        """One picture's score for a prompt, or a score for each of several. Raises ServiceError."""
        model = self.model(exchange)
        prompts = options.prompts if options.prompt is None else [options.prompt]
        scorer = Scorer(model.engine, self.admission, exchange.stages)
        # The place covers fetching and decoding as well, so that places bound the memory they take.
        with self.admission.place():
            rewards, _ = scorer.score(picture, prompts or [], self.deployment.limits, exchange.notice)
        exchange.images = 1
        names = ["prompt"] if options.prompts is None else [f"prompts[{index}]" for index in range(len(rewards))]
        _tell(names, rewards, model, exchange)
        scores = [_score(model, reward) for reward in rewards]
        elapsed = _elapsed(exchange)
        if options.prompt is None:
            listed = [PromptScore(**score) for score in scores]
            return ScoresResult(scores=listed, processing_time_ms=elapsed), model.reference
        return ScoreResult(**scores[0], processing_time_ms=elapsed), model.reference

    def score_batch(self, request: ScoreBatchRequest, exchange: Exchange) -> tuple[RankingResult, ModelReference]:
        """Up to 10 candidates for one prompt, in order. Raises ServiceError."""
        model = self.model(exchange)
        scorer = Scorer(model.engine, self.admission, exchange.stages)

        def judge(pictures: Sequence[NDArray[np.float32]]) -> list[Reward]:
            return [reward for (reward,) in scorer.rewards(pictures, [request.prompt])]

        work = PictureWork(scorer.read, judge, model.engine.batch_size)
        with self.admission.place():
            batch = PictureBatch(
                "candidates", work, self.sources, self.deployment.batch, self.deployment.limits, exchange
            )
            outcomes, continuation = batch.run(request.candidates)
        rewards = {outcome.index: outcome.found for outcome in outcomes if outcome.found is not None}
        _tell(["prompt"], rewards.values(), model, exchange)
        places = ranked({index: reward.raw for index, reward in rewards.items()}, model.artifact.manifest.scale.std)
        margin = tie_margin(model.artifact.manifest)
        result = RankingResult(
            best_candidate=places[0].index if places else None,
            results=_results(model, places, outcomes),
            tied=tied(places, margin),
            tie_margin=margin,
            prompt_truncated=next((reward.prompt_truncated for reward in rewards.values()), None),
            processing_time_ms=_elapsed(exchange),
            continuation=continuation,
        )
        return result, model.reference


def _tell(prompts: Iterable[str], rewards: Iterable[Reward], model: AestheticModel, exchange: Exchange) -> None:
    """Names the prompts that were cut, as the request calls them. `rewards` may be longer: a prompt, many pictures."""
    cut = [name for name, reward in zip(prompts, rewards, strict=False) if reward.prompt_truncated]
    if cut:
        length = model.artifact.manifest.prompt.length
        exchange.notice("prompt_truncated", f"the model reads {length} tokens of a prompt; cut short: {', '.join(cut)}")


def _results(
    model: AestheticModel, places: Iterable[Place], outcomes: Sequence[Outcome[Reward]]
) -> list[CandidateResult]:
    """The ranked ones, best first; then the refused ones and those not reached, in the order they were sent."""
    results = [
        CandidateResult(
            rank=place.rank,
            win_probability=place.win_probability,
            **_numbers(model, place.reward),
            **outcomes[place.index].fields(),
        )
        for place in places
    ]
    return results + [CandidateResult(**outcome.fields()) for outcome in outcomes if outcome.found is None]


class _Numbers(TypedDict):
    """What any score says."""

    raw_score: float
    normalized_score: float
    percentile: float | None


class _Score(_Numbers):
    """The fields of PromptScore."""

    prompt_truncated: bool


def _score(model: AestheticModel, reward: Reward) -> _Score:
    return {**_numbers(model, reward.raw), "prompt_truncated": reward.prompt_truncated}


def _numbers(model: AestheticModel, reward: float) -> _Numbers:
    distribution = model.artifact.manifest.distribution
    return {
        "raw_score": reward,
        "normalized_score": normalized(reward),
        "percentile": None if distribution is None else percentile(reward, distribution.quantiles),
    }


def _elapsed(exchange: Exchange) -> float:
    return round(exchange.total_ms, 3)
