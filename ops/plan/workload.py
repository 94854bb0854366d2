"""What a plan is made for: volumes, the p95, the route, and which models may serve it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pricing
from ops.errors import OpsError

SECONDS_PER_DAY: Final = 86_400
HOURS: Final = 24
BUSIEST_HOUR: Final = 4.0
"""Times the average hour, at most."""


@dataclass(frozen=True, slots=True)
class Route:
    """Whose route it is, what Rekognition has in its place (a key of the prices), and pictures a request at most."""

    function: str
    counterpart: pricing.RekognitionApi | None
    most_images: int = 1


ROUTES: Final[Mapping[str, Route]] = {
    **dict.fromkeys(("detect", "align", "classify"), Route("semantic", "labels")),
    "batch": Route("semantic", "labels", 50),
    "moderate": Route("semantic", "moderation"),
    "score": Route("aesthetic", None),
    "score-batch": Route("aesthetic", None, 10),
}
"""Routes that cost a picture's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Volumes in pictures; `p95_seconds` is a request's, with `images_per_request` pictures one after another."""

    images_per_day: float
    peak_per_second: float
    p95_seconds: float
    route: str = "detect"
    images_per_request: int = 1
    model: str | None = None
    architecture: pricing.Architecture | None = None
    accuracy: float = 0.0
    """Zero-shot ImageNet top-1 in %, at least."""

    def __post_init__(self) -> None:
        for name in ("images_per_day", "peak_per_second", "p95_seconds", "images_per_request"):
            value = getattr(self, name)
            if not math.isfinite(value) or value <= 0:
                raise OpsError(f"{name} must be above 0, not {value:g}")
        if self.route not in ROUTES:
            raise OpsError(f"the route must be one of {', '.join(ROUTES)}, not {self.route!r}: no other was measured")
        if self.images_per_request > (most := ROUTES[self.route].most_images):
            taken = "one picture" if most == 1 else f"at most {most} pictures"
            raise OpsError(f"/{self.route} takes {taken} a request, not {self.images_per_request}")
        if self.peak_per_second < self.mean_per_second * (1 - 1e-9):
            raise OpsError(
                f"{self.images_per_day:,.0f} images a day are {self.mean_per_second:.3g} a second on average: "
                f"a peak of {self.peak_per_second:g} is less than that"
            )

    @property
    def mean_per_second(self) -> float:
        """Pictures a second over the whole day."""
        return self.images_per_day / SECONDS_PER_DAY

    @property
    def images_per_month(self) -> Decimal:
        """In 730 hours, as AWS counts a month."""
        return Decimal(repr(self.images_per_day)) * pricing.HOURS_PER_MONTH / HOURS

    @property
    def requests_per_month(self) -> Decimal:
        """Likewise."""
        return self.images_per_month / self.images_per_request

    def hourly_requests_per_second(self) -> list[float]:
        """The day's hours, busiest first: (1 - x)^k at the middle of each, scaled to the day's volume.

        k = peak / mean - 1 makes its start the peak, and is 3 at most: a higher peak is a burst within an hour.
        """
        power = min(self.peak_per_second / self.mean_per_second - 1, BUSIEST_HOUR - 1)
        shape = [(1 - (hour + 0.5) / HOURS) ** power for hour in range(HOURS)]
        scale = self.mean_per_second * HOURS / sum(shape) / self.images_per_request
        return [scale * part for part in shape]
