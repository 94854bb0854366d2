"""What a reward model's artifact answers for pictures and prompts, through the service's own code; printed as JSON.

Imports nothing that the image does not ship, since it runs there on other processors.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from functions.aesthetic.model import open_model
from functions.common.images import ImageLimits, decode

PROMPTS = ("a person with purple hair in a hoodie, city at night", "a beach at sunset", "")


@dataclass(frozen=True)
class Rewards:
    """What the artifact makes of one picture."""

    pixels_sha256: str
    """Of what the image graph is given."""
    rewards: list[float]
    """One for each of PROMPTS."""


def rewards(artifact: Path, pictures: Sequence[Path]) -> dict[str, Rewards]:
    """The rewards of each picture, by file name."""
    engine = open_model(artifact, threads=1).engine
    found = {}
    for picture in pictures:
        pixels = engine.pixels(decode(picture.read_bytes(), ImageLimits(max_pixels=40_000_000)).rgb)
        tokens = engine.image_tokens(pixels)
        found[picture.name] = Rewards(
            pixels_sha256=hashlib.sha256(pixels.tobytes()).hexdigest(),
            rewards=[engine.reward(tokens, prompt).raw for prompt in PROMPTS],
        )
    return found


def parse(printed: str) -> dict[str, Rewards]:
    """What was printed."""
    return {name: Rewards(**found) for name, found in json.loads(printed).items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--artifact", required=True, type=Path)
    parser.add_argument("pictures", nargs="+", type=Path)
    options = parser.parse_args()
    found = rewards(options.artifact, options.pictures)
    json.dump({name: asdict(one) for name, one in found.items()}, sys.stdout)


if __name__ == "__main__":
    main()
