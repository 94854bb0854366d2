"""What artifacts answer for pictures and labels, through the service's own code; printed as JSON where run by itself.

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

import taxonomy
from functions.common.images import ImageLimits, decode
from functions.semantic.model import open_model
from functions.semantic.text_encoder import open_text_encoder

LABELS = ("person with purple hair", "suit of armor", "a beach at sunset")


@dataclass(frozen=True)
class Answer:
    """What one artifact makes of one picture."""

    pixels_sha256: str
    """Of what the encoder is given."""
    embedding: list[float]
    logits: dict[str, float]
    """Of every covered filter and every label."""
    confidences: dict[str, float]
    """The same under the contrast profile."""


def answers(artifact: Path, pictures: Sequence[Path]) -> dict[str, Answer]:
    """An answer for each picture, by file name; labels come from the text tower where the artifact has one."""
    words = taxonomy.load()
    model = open_model(artifact, words, threads=1)
    covered = [entry.name for entry in words.filters if entry.name in model.detector.covers]
    texts = open_text_encoder(model.artifact, threads=1)
    labels = [texts.encode(label).vector for label in LABELS]
    found = {}
    for picture in pictures:
        pixels = model.encoder.encode_pre(decode(picture.read_bytes(), ImageLimits(max_pixels=40_000_000)).rgb)
        embedding = model.encoder.encode_post(model.encoder.encode_core(pixels))
        scores = model.detector.score(embedding, covered)
        judged = dict(zip(LABELS, model.detector.classify_independent(embedding, labels, "contrast"), strict=True))
        found[picture.name] = Answer(
            pixels_sha256=hashlib.sha256(pixels.tobytes()).hexdigest(),
            embedding=[float(value) for value in embedding],
            logits={score.filter: score.logit for score in scores if score.logit is not None}
            | {label: score.logit for label, score in judged.items()},
            confidences={score.filter: score.confidence for score in scores if score.confidence is not None}
            | {label: score.confidence for label, score in judged.items()},
        )
    return found


def parse(printed: str) -> list[dict[str, Answer]]:
    """What was printed, artifact by artifact."""
    return [{name: Answer(**answer) for name, answer in artifact.items()} for artifact in json.loads(printed)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--artifact", action="append", required=True, type=Path)
    parser.add_argument("pictures", nargs="+", type=Path)
    options = parser.parse_args()
    found = [answers(artifact, options.pictures) for artifact in options.artifact]
    json.dump([{name: asdict(answer) for name, answer in artifact.items()} for artifact in found], sys.stdout)


if __name__ == "__main__":
    main()
