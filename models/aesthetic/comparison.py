"""What the precision gate asks of the two graphs: rewards, for a prompt that fits a picture and one that does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from functions.aesthetic.manifest import AestheticManifest
from functions.aesthetic.preprocessing import preprocess
from functions.aesthetic.reward_model import TABLE_NAME, TOKENIZER_NAME, RewardGraph, run_image_graph
from functions.aesthetic.tie_margin import LARGEST_REWARD_CHANGE, MAX_REWARD_CHANGE
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.manifest import Figure
from models.layer_search import Findings
from models.pictures import PictureSet

LARGEST_IMAGE_CHANGE: Final = 0.04
"""The part of LARGEST_REWARD_CHANGE that the image graph may use up; it has most of the weights."""
DECIDED: Final = 0.1
"""Rewards further apart than this must keep their order."""
_OTHER: Final = 37
"""How many places on in the set the caption is taken from that does not fit."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture of the set, by its place, and a prompt."""

    picture: int
    prompt: str


def pairs(pictures: PictureSet) -> tuple[tuple[Pair, ...], ...]:
    """For every picture two pairs: with its own caption, and with another picture's."""
    captions = [picture.caption for picture in pictures.pictures]
    return tuple(
        (Pair(place, caption), Pair(place, captions[(place + _OTHER) % len(captions)]))
        for place, caption in enumerate(captions)
    )


class RewardStage:
    """The run-time's own second stage around any reward graph; token table and tokenizer are those in `directory`."""

    def __init__(self, directory: Path, manifest: AestheticManifest) -> None:
        self._tokenizer = open_prompt_tokenizer(directory / TOKENIZER_NAME, manifest.prompt)
        self._table: NDArray[np.float32] = np.load(directory / TABLE_NAME, mmap_mode="r", allow_pickle=False)

    def around(self, session: onnxruntime.InferenceSession) -> RewardGraph:
        """With this graph."""
        return RewardGraph(session, self._tokenizer, self._table)


class ImageComparison:
    """Rewards the fp32 reward graph gives for the image tokens of the graph that is judged."""

    unit = "picture"

    def __init__(self, pictures: PictureSet, manifest: AestheticManifest, reward: RewardGraph) -> None:
        self._images = [picture.decode() for picture in pictures.pictures]
        self._pairs = pairs(pictures)
        self._preprocessing = manifest.preprocessing
        self._reward = reward

    def __len__(self) -> int:
        """See Comparison."""
        return len(self._images)

    def tokens(self, session: onnxruntime.InferenceSession, item: int) -> NDArray[np.float32]:
        """The picture's image tokens (1, count, width)."""
        return run_image_graph(session, preprocess(self._images[item], self._preprocessing))

    def answer(self, session: onnxruntime.InferenceSession, item: int) -> NDArray[np.float32]:
        """The picture's rewards, one for each of its prompts."""
        tokens = self.tokens(session, item)
        return np.array([self._reward.run(tokens, pair.prompt).raw for pair in self._pairs[item]], np.float32)

    def judge(self, reference: NDArray[np.float32], answers: NDArray[np.float32], _: Sequence[int]) -> Findings:
        """See Comparison."""
        return judge(reference, answers, LARGEST_IMAGE_CHANGE)


class RewardComparison:
    """Rewards of the reward graph that is judged, for image tokens of the graph that will be served before it.

    They are held to those of both graphs in fp32, so what is measured is the whole of what quantisation does.
    """

    unit = "pair"

    def __init__(
        self,
        pictures: PictureSet,
        tokens: Sequence[NDArray[np.float32]],  # (1, count, width) each, by picture
        reference: NDArray[np.float32],  # (pictures, prompts), of both graphs in fp32
        stage: RewardStage,
    ) -> None:
        self._pairs = [pair for of_picture in pairs(pictures) for pair in of_picture]
        self._tokens = tokens
        self._reference = reference.reshape(-1, 1)
        self._stage = stage

    def __len__(self) -> int:
        """See Comparison."""
        return len(self._pairs)

    def answer(self, session: onnxruntime.InferenceSession, item: int) -> NDArray[np.float32]:
        """The pair's reward."""
        pair = self._pairs[item]
        return np.array([self._stage.around(session).run(self._tokens[pair.picture], pair.prompt).raw], np.float32)

    def judge(self, _: NDArray[np.float32], answers: NDArray[np.float32], items: Sequence[int]) -> Findings:
        """See Comparison."""
        return judge(self._reference[list(items)], answers, LARGEST_REWARD_CHANGE)


def judge(reference: NDArray[np.float32], answers: NDArray[np.float32], limit: float) -> Findings:
    """How far rewards (items, prompts) moved from the reference, and whether that changed an order."""
    before, after = (rewards.astype(np.float64) for rewards in (reference, answers))
    change = np.abs(after - before)
    gaps, gaps_after = (np.subtract.outer(rewards.ravel(), rewards.ravel()) for rewards in (before, after))
    decided = gaps > DECIDED
    return Findings(
        figures={
            MAX_REWARD_CHANGE: Figure(value=float(change.max()), limit=limit),
            "orders_changed": Figure(value=int((decided & (gaps_after <= 0)).sum()), limit=0),
        },
        notes={
            "rewards": change.size,
            "orders": int(decided.sum()),
            "reward_spread": float(np.ptp(before)),
            "p95_reward_change": float(np.percentile(change, 95)),
        },
        errors=np.sqrt((change**2).mean(axis=1)),
    )
