"""Many pictures in one call: item by item, in order, within a soft deadline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

from functions.common.deadline import soft_deadline
from functions.common.deployment import BatchLimits
from functions.common.errors import BadImage, ImageTooManyPixels
from functions.common.exchange import Exchange
from functions.common.fetching import Deadline
from functions.common.images import ImageLimits
from functions.common.inputs import Picture, RemotePicture, resolve
from functions.common.pictures import Notify
from functions.common.problems import Problem, problem
from functions.common.sources import Sources
from functions.common.wire import BatchImage, Continuation, Notice

# An item may be slower than any before it.
_SLOWER: Final = 1.25

Found = TypeVar("Found")
Found_co = TypeVar("Found_co", covariant=True)


class Work(Protocol[Found_co]):
    """What is done with each picture."""

    def __call__(
        self, picture: Picture | RemotePicture, limits: ImageLimits, notify: Notify, latest: Deadline
    ) -> tuple[Found_co, int]:
        """What there is to find, and how many pixels the picture had. Raises BadImage, its pointer set."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Found]):
    """What became of one picture: something was found, it was refused, or time did not reach it."""

    index: int
    id: str | None
    status: Literal["ok", "error", "not_processed"]
    found: Found | None
    error: Problem | None
    notices: list[Notice]

    def fields(self) -> dict[str, Any]:
        """What an item of any batch says beside what was found."""
        return {
            "index": self.index,
            "id": self.id,
            "status": self.status,
            "error": self.error,
            "warnings": self.notices,
        }


@dataclass(slots=True)
class PictureBatch(Generic[Found]):
    """One call's pictures on their way; `field` is the request's name for them."""

    field: str
    work: Work[Found]
    sources: Sources
    limits: BatchLimits
    image_limits: ImageLimits
    exchange: Exchange
    pixels: int = 0

    def run(self, images: Sequence[BatchImage]) -> tuple[list[Outcome[Found]], Continuation | None]:
        """Every picture in order: worked on, refused, or left for the next call once time runs short.

        The first is always tried, so that calling again with what is left comes to an end.
        """
        deadline = soft_deadline(self.exchange.invocation, self.limits.seconds)
        outcomes: list[Outcome[Found]] = []
        longest = 0.0
        for index, image in enumerate(images):
            started = time.perf_counter()
            if index and deadline.at - started < longest * _SLOWER:
                break
            outcomes.append(self._one(index, image, deadline))
            longest = max(longest, time.perf_counter() - started)
        done = len(outcomes)
        outcomes += [
            Outcome(index, image.id, "not_processed", None, None, []) for index, image in enumerate(images[done:], done)
        ]
        left = len(images) - done
        return outcomes, Continuation(next_index=done, remaining=left) if left else None

    def _one(self, index: int, image: BatchImage, deadline: Deadline) -> Outcome[Found]:
        notices: list[Notice] = []

        def notify(code: str, detail: str) -> None:
            notices.append(Notice(code=code, detail=detail))

        left = self.limits.max_pixels - self.pixels
        limits = ImageLimits(max_pixels=min(self.image_limits.max_pixels, left))
        try:
            picture = resolve(image, self.sources, f"/{self.field}/{index}")
            found, pixels = self.work(picture, limits, notify, deadline)
        except BadImage as error:
            refused = self._over_the_whole(error, limits) or error
            return Outcome(index, image.id, "error", None, problem(refused, self.exchange.request_id), notices)
        self.pixels += pixels
        return Outcome(index, image.id, "ok", found, None, notices)

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
