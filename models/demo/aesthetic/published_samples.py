"""The four sample pictures of ImageReward's own repository: their published rewards, and those of this model."""

from typing import Final

from models import pictures
from models.demo.aesthetic.judging import Judge

PROMPT: Final = "a painting of an ocean with clouds and birds, day time, low depth field effect"
PUBLISHED: Final = (0.5812, 0.2745, -1.4132, -2.0296)
"""Rewards of samples 1 to 4 for that prompt, as given in the README of the repository."""


def sample_rewards(judge: Judge) -> list[float]:
    """Rewards of samples 1 to 4, as they are in the picture set, for PROMPT."""
    found = []
    for number in range(1, len(PUBLISHED) + 1):
        picture = pictures.load().find(f"generated_{number}.webp")
        if picture is None:
            raise AssertionError(f"sample {number} is not in the picture set")
        found.append(judge(picture.decode(), [PROMPT])[0])
    return found


def ordered_alike(rewards: list[float]) -> int:
    """How many of the six pairs of samples `rewards` put in the same order as the published rewards."""
    places = range(len(PUBLISHED))
    return sum(
        (rewards[one] - rewards[other]) * (PUBLISHED[one] - PUBLISHED[other]) > 0
        for one in places
        for other in places[one + 1 :]
    )
