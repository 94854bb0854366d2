"""Many pictures in one call: item by item, in order, within a soft deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

from functions.common.deadline import Deadline, soft_deadline
from functions.common.deployment import BatchLimits
from functions.common.errors import BadImage, FetchTimeout, ImageTooManyPixels
from functions.common.exchange import Exchange
from functions.common.images import ImageLimits
from functions.common.inputs import Picture, RemotePicture, picture_of
from functions.common.pictures import Notify
from functions.common.problems import Problem, problem
from functions.common.receipts import ItemTime
from functions.common.sources import Sources
from functions.common.wire import BatchImage, Continuation, Notice

# An item may be slower than any before it.
_SLOWER: Final = 1.25

Found = TypeVar("Found")
Prepared = TypeVar("Prepared")
Prepared_co = TypeVar("Prepared_co", covariant=True)


class Read(Protocol[Prepared_co]):
    """The part of the work that is done with each picture by itself."""

    def __call__(
        self, picture: Picture | RemotePicture, limits: ImageLimits, notify: Notify, latest: Deadline
    ) -> tuple[Prepared_co, int]:
        """What the model is given, and how many pixels the picture had. Raises BadImage, its pointer set."""


@dataclass(frozen=True, slots=True)
class PictureWork(Generic[Prepared, Found]):
    """What is done with the pictures: each is read, and as many as the engine takes at once are judged together."""

    read: Read[Prepared]
    judge: Callable[[Sequence[Prepared]], Sequence[Found]]
    """What there is to find in at least one and at most `at_once` that were read, in their order."""
    at_once: int
    """1 on the CPU, where no picture may depend on the ones beside it."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Found]):
    """What became of one picture: something was found, it was refused, or time did not reach it."""

    index: int
    id: str | None
    status: Literal["ok", "error", "not_processed"]
    found: Found | None
    error: Problem | None
    notices: list[Notice]
    milliseconds: float = 0.0
    """The time it took; of what is done with several at once, an even part."""

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
class _Clock:
    """How long reading one picture and judging some took at most, in seconds, and so whether there is time for more."""

    deadline: Deadline
    read: float = 0.0
    judged: float = 0.0

    def is_short(self) -> bool:
        """Whether another picture would come too late."""
        return self.deadline.at - time.perf_counter() < (self.read + self.judged) * _SLOWER

    def cut_short(self, error: Problem | None) -> bool:
        """Whether a picture would still be on its way, had the call not come to its end."""
        return error is not None and error.code == FetchTimeout.code and time.perf_counter() >= self.deadline.at

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Times the reading of a picture."""
        started = time.perf_counter()
        yield
        self.read = max(self.read, time.perf_counter() - started)

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Times what is done with those that were read."""
        started = time.perf_counter()
        yield
        self.judged = max(self.judged, time.perf_counter() - started)


@dataclass(slots=True)
class PictureBatch(Generic[Prepared, Found]):
    """One call's pictures on their way; `field` is the request's name for them."""

    field: str
    work: PictureWork[Prepared, Found]
    sources: Sources
    limits: BatchLimits
    image_limits: ImageLimits
    exchange: Exchange
    pixels: int = 0

    def run(self, images: Sequence[BatchImage]) -> tuple[list[Outcome[Found]], Continuation | None]:
        """Every picture in order: worked on, refused, or left for the next call once time runs short.

        The first is always tried, so that calling again with what is left comes to an end.
        """
        clock = _Clock(soft_deadline(self.exchange.invocation, self.limits.seconds))
        outcomes: list[Outcome[Found]] = []
        while len(outcomes) < len(images):
            some = self._some(images, len(outcomes), clock)
            if not some:
                break
            outcomes += some
        done = len(outcomes)
        outcomes += [
            Outcome(index, image.id, "not_processed", None, None, []) for index, image in enumerate(images[done:], done)
        ]
        self.exchange.images = sum(outcome.status == "ok" for outcome in outcomes)
        self.exchange.items = [ItemTime(outcome.index, outcome.status, outcome.milliseconds) for outcome in outcomes]
        left = len(images) - done
        return outcomes, Continuation(next_index=done, remaining=left) if left else None

    def _some(self, images: Sequence[BatchImage], start: int, clock: _Clock) -> list[Outcome[Found]]:
        """What became of the next pictures, judged together; none where time runs short."""
        outcomes: list[Outcome[Found]] = []
        prepared: list[tuple[int, Prepared]] = []
        for index in range(start, len(images)):
            if len(prepared) == self.work.at_once or (index and clock.is_short()):
                break
            started = time.perf_counter()
            with clock.reading():
                outcome, read = self._read(index, images[index], clock.deadline)
            if index and clock.cut_short(outcome.error):
                # No fault of the picture's: as the first of the next call it has all the time there is.
                break
            outcome = replace(outcome, milliseconds=(time.perf_counter() - started) * 1000)
            if read is not None:
                prepared.append((len(outcomes), read[0]))
            outcomes.append(outcome)
        if prepared:
            started = time.perf_counter()
            with clock.judging():
                found = self.work.judge([read for _, read in prepared])
            each = (time.perf_counter() - started) * 1000 / len(prepared)
            for (place, _), one in zip(prepared, found, strict=True):
                outcomes[place] = replace(outcomes[place], found=one, milliseconds=outcomes[place].milliseconds + each)
        return outcomes

    def _read(self, index: int, image: BatchImage, deadline: Deadline) -> tuple[Outcome[Found], tuple[Prepared] | None]:
        notices: list[Notice] = []

        def notify(code: str, detail: str) -> None:
            notices.append(Notice(code=code, detail=detail))

        left = self.limits.max_pixels - self.pixels
        limits = ImageLimits(max_pixels=min(self.image_limits.max_pixels, left))
        try:
            picture = picture_of(image, self.sources, f"/{self.field}/{index}")
            prepared, pixels = self.work.read(picture, limits, notify, deadline)
        except BadImage as error:
            refused = self._over_the_whole(error, limits) or error
            return Outcome(index, image.id, "error", None, problem(refused, self.exchange.request_id), notices), None
        self.pixels += pixels
        return Outcome(index, image.id, "ok", None, None, notices), (prepared,)

    def _over_the_whole(self, error: BadImage, limits: ImageLimits) -> ImageTooManyPixels | None:
        """The error in the batch's own terms, for a picture that would have been fine alone."""
        actual = error.actual
        if not isinstance(error, ImageTooManyPixels) or actual is None or actual > self.image_limits.max_pixels:
            return None
        if limits.max_pixels == self.image_limits.max_pixels:
            return None
        whole = self.limits.max_pixels
        return ImageTooManyPixels(
            f"with this picture the batch would have {self.pixels + int(actual)} pixels; the limit is {whole}",
            pointer=error.pointer,
            limit=whole,
            actual=self.pixels + int(actual),
        )
