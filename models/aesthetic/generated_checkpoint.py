"""The generated checkpoint as files in the published layout, for the reference environment and for measurements."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch

from models.aesthetic import generated
from models.aesthetic.layout import TEXT_CONFIG, VOCABULARY, WEIGHTS, Sizes, published_shapes

LAST_LAYER = "mlp.layers.7.weight"
GATED_STEEPNESS = 0.1
"""With it, rewards of the gate's pictures spread by 0.57, and int8 moves them by a little less than the gate allows."""


def write_generated_checkpoint(directory: Path, sizes: Sizes, pieces: Sequence[str], *, steepness: float = 1.0) -> None:
    """Write weights, configuration and vocabulary into `directory`.

    `steepness` is a factor of the rewards' spread. Random weights are steep and noisy: at 1, rewards spread as trained
    ones do, and quantisation moves them further than the precision gate lets it.
    """
    weights = {
        name: torch.from_numpy(generated.generate(name, shape)) for name, shape in published_shapes(sizes).items()
    }
    weights[LAST_LAYER] *= steepness
    torch.save(weights, directory / WEIGHTS)
    (directory / TEXT_CONFIG).write_text(
        json.dumps(generated.text_config(sizes.text), indent=2) + "\n", encoding="utf-8"
    )
    (directory / VOCABULARY).write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
