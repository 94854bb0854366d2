"""Where a person's joints are: adult proportions, a pose, and the way from body to picture coordinates."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.demo.world.painter import Point

# Elbow and hand of one arm, away from the shoulder's side (x outwards, y down), in body heights.
ARMS: Final[tuple[tuple[Point, Point], ...]] = (
    ((0.045, 0.135), (0.055, 0.270)),  # hanging
    ((0.075, 0.125), (0.010, 0.215)),  # hand on hip
    ((0.095, 0.060), (0.130, -0.080)),  # raised
    ((0.060, 0.130), (0.140, 0.200)),  # held out
    ((0.085, 0.100), (0.160, 0.045)),  # waving
)


@dataclass(frozen=True, slots=True)
class Body:
    """A posed adult, 6.3 heads tall. Local coordinates: x from the middle, y from the crown, feet at 1."""

    origin: Point  # the crown's place in the picture
    size: float  # body height, in picture heights
    lean: float
    turn: float  # where the face looks, -1 to 1
    man: bool
    arms: tuple[tuple[Point, Point], tuple[Point, Point]]
    stance: float

    def at(self, x: float, y: float) -> Point:
        """The picture point of a body point."""
        return self.origin[0] + self.size * (x + self.lean * (0.5 - y)), self.origin[1] + self.size * y

    def path(self, *points: Point) -> list[Point]:
        """The picture points of body points."""
        return [self.at(x, y) for x, y in points]

    def mirrored(self, *right: Point) -> list[Point]:
        """A closed outline, from its right half given from top to bottom."""
        return self.path(*right, *((-x, y) for x, y in reversed(right)))

    @property
    def shoulder(self) -> float:
        """Half the shoulders' width."""
        return 0.122 if self.man else 0.092

    @property
    def waist(self) -> float:
        """Half the waist's width."""
        return 0.090 if self.man else 0.058

    @property
    def hip(self) -> float:
        """Half the hips' width."""
        return 0.088 if self.man else 0.094

    def arm(self, side: int) -> tuple[Point, Point, Point]:
        """Shoulder, elbow and hand of the arm at `side` (-1 or 1), in body coordinates."""
        elbow, hand = self.arms[(side + 1) // 2]
        x, y = self.shoulder * 0.9, 0.205
        return (side * x, y), (side * (x + elbow[0]), y + elbow[1]), (side * (x + hand[0]), y + hand[1])

    def leg(self, side: int) -> tuple[Point, Point, Point]:
        """Hip, knee and ankle of the leg at `side`, in body coordinates."""
        hip = self.hip * 0.5
        return (side * hip, 0.49), (side * (hip + self.stance * 0.4), 0.715), (side * (hip + self.stance), 0.945)


def pose(origin: Point, size: float, *, man: bool, rng: np.random.Generator) -> Body:
    """A random pose. Arms, stance, lean and where the face looks come from `rng`."""

    def one_arm() -> tuple[Point, Point]:
        (ex, ey), (hx, hy) = ARMS[int(rng.integers(len(ARMS)))]
        dx, dy, px, py = (int(v) / 1000 for v in rng.integers(-16, 17, 4))
        return (ex + dx, ey + dy), (hx + px, hy + py)

    lean, turn, stance = (int(v) / 1000 for v in rng.integers((-80, -1000, 0), (81, 1001, 70)))
    return Body(origin, size, lean, turn, man, (one_arm(), one_arm()), stance)
