"""What /batch finds in its pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from functions.common.batches import PictureBatch, Work
from functions.common.deployment import BatchLimits
from functions.common.exchange import Exchange
from functions.common.images import ImageLimits
from functions.common.sources import Sources
from functions.common.wire import BatchImage
from functions.semantic.embedding import Embedder
from functions.semantic.schemas.align import AlignmentResult
from functions.semantic.schemas.batch import BatchItem, BatchResult
from functions.semantic.schemas.detect import DetectResult
from functions.semantic.scores import Embedding

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
        work = Work(self.embedder.read, self._judged, self.embedder.encoder.batch_size)
        batch = PictureBatch("images", work, self.sources, self.limits, self.image_limits, self.exchange)
        outcomes, continuation = batch.run(images)
        items = []
        for outcome in outcomes:
            detection, alignment = outcome.found or (None, None)
            items.append(BatchItem(detection=detection, alignment=alignment, **outcome.fields()))
        return BatchResult(results=items, continuation=continuation)

    def _judged(self, pictures: Sequence[NDArray[np.float32]]) -> list[Judgement]:
        embeddings = self.embedder.encode(pictures)
        with self.exchange.stages.measure("score"):
            return [self.judge(embedding) for embedding in embeddings]
