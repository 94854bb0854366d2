"""What /batch finds in its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from functions.common.batches import PictureBatch
from functions.common.deployment import BatchLimits
from functions.common.exchange import Exchange
from functions.common.fetching import Deadline
from functions.common.images import ImageLimits
from functions.common.inputs import Picture, RemotePicture
from functions.common.pictures import Notify
from functions.common.sources import Sources
from functions.common.wire import BatchImage
from functions.semantic.detector import Embedding
from functions.semantic.embedding import Embedder
from functions.semantic.schemas import AlignmentResult, BatchItem, BatchResult, DetectResult

Judgement: TypeAlias = tuple[DetectResult, AlignmentResult | None]


@dataclass(frozen=True, slots=True)
class Batch:
    """One call's pictures. `judge` turns an embedding into what was asked for."""

    embedder: Embedder
    sources: Sources
    limits: BatchLimits
    image_limits: ImageLimits
    judge: Callable[[Embedding], Judgement]
    exchange: Exchange

    def run(self, images: Sequence[BatchImage]) -> BatchResult:
        """Every picture in order, as far as time goes."""
        batch = PictureBatch("images", self._judged, self.sources, self.limits, self.image_limits, self.exchange)
        outcomes, continuation = batch.run(images)
        items = []
        for outcome in outcomes:
            detection, alignment = outcome.found or (None, None)
            items.append(BatchItem(detection=detection, alignment=alignment, **outcome.fields()))
        return BatchResult(results=items, continuation=continuation)

    def _judged(
        self, picture: Picture | RemotePicture, limits: ImageLimits, notify: Notify, latest: Deadline
    ) -> tuple[Judgement, int]:
        embedding, pixels = self.embedder.embed(picture, limits, notify, latest)
        with self.exchange.stages.measure("score"):
            return self.judge(embedding), pixels
