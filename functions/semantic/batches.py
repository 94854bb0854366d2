"""Many pictures in one call: item by item, in order, within a soft deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from functions.common.deadline import soft_deadline
from functions.common.deployment import BatchLimits
from functions.common.errors import BadImage, ImageTooManyPixels
from functions.common.exchange import Exchange
from functions.common.fetching import Deadline
from functions.common.images import ImageLimits
from functions.common.inputs import resolve
from functions.common.problems import problem
from functions.common.sources import Sources
from functions.common.wire import Notice
from functions.semantic.detector import Embedding
from functions.semantic.embedding import Embedder
from functions.semantic.schemas import (
    AlignmentResult,
    BatchImage,
    BatchItem,
    BatchResult,
    Continuation,
    DetectResult,
)

# An item may be slower than any before it.
_SLOWER: Final = 1.25


@dataclass(slots=True)
class Batch:
    """One call's items on their way. `judge` turns an embedding into what was asked for."""

    embedder: Embedder
    sources: Sources
    limits: BatchLimits
    image_limits: ImageLimits
    judge: Callable[[Embedding], tuple[DetectResult, AlignmentResult | None]]
    exchange: Exchange
    pixels: int = 0

    def run(self, images: Sequence[BatchImage]) -> BatchResult:
        """Every item in order: judged, refused, or left for the next call once time runs short.

        The first is always tried, so that calling again with what is left comes to an end.
        """
        deadline = soft_deadline(self.exchange.invocation, self.limits.seconds)
        items: list[BatchItem] = []
        longest = 0.0
        for index, image in enumerate(images):
            started = time.perf_counter()
            if index and deadline.at - started < longest * _SLOWER:
                break
            items.append(self._item(index, image, deadline))
            longest = max(longest, time.perf_counter() - started)
        done = len(items)
        items += [
            BatchItem(index=index, id=image.id, status="not_processed", warnings=[])
            for index, image in enumerate(images[done:], done)
        ]
        left = len(images) - done
        return BatchResult(results=items, continuation=Continuation(next_index=done, remaining=left) if left else None)

    def _item(self, index: int, image: BatchImage, deadline: Deadline) -> BatchItem:
        notices: list[Notice] = []

        def notify(code: str, detail: str) -> None:
            notices.append(Notice(code=code, detail=detail))

        left = self.limits.max_pixels - self.pixels
        limits = ImageLimits(max_pixels=min(self.image_limits.max_pixels, left))
        try:
            picture = resolve(image, self.sources, f"/images/{index}")
            embedding, pixels = self.embedder.embed(picture, limits, notify, deadline)
        except BadImage as error:
            refused = self._over_the_whole(error, limits) or error
            return BatchItem(
                index=index,
                id=image.id,
                status="error",
                error=problem(refused, self.exchange.request_id),
                warnings=notices,
            )
        self.pixels += pixels
        with self.exchange.stages.measure("score"):
            detection, alignment = self.judge(embedding)
        return BatchItem(
            index=index, id=image.id, status="ok", detection=detection, alignment=alignment, warnings=notices
        )

    def _over_the_whole(self, error: BadImage, limits: ImageLimits) -> ImageTooManyPixels | None:
        """The error in the batch's own terms, for a picture that would have been fine alone."""
        actual = error.actual
        if not isinstance(error, ImageTooManyPixels) or actual is None or actual > self.image_limits.max_pixels:
            return None
        if limits.max_pixels == self.image_limits.max_pixels:
            return None
        whole = self.limits.max_pixels
        return ImageTooManyPixels(
            f"with this picture the batch has {self.pixels + int(actual)} pixels, the limit for all is {whole}",
            pointer=error.pointer,
            limit=whole,
            actual=self.pixels + int(actual),
        )
