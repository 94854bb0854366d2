"""Writes the demo checkpoint in the published layout, with this project's card beside it."""

import hashlib
import json
from pathlib import Path
from typing import Final

import torch

from functions.aesthetic.manifest import RewardDistribution
from models.aesthetic.checkpoint import Card
from models.aesthetic.generated import text_config
from models.aesthetic.layout import TEXT_CONFIG, VOCABULARY, WEIGHTS
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.weights import published_name
from models.checkpoint_files import CARD
from models.demo.aesthetic.architecture import sizes

NAME: Final = "imajin-demo-aesthetic"


def save_checkpoint(
    model: RewardModel,
    pieces: tuple[str, ...],
    vocabulary: int,
    directory: Path,
    distribution: RewardDistribution | None = None,
) -> Card:
    """Write ImageReward.pt (fp16), med_config.json, vocab.txt and imajin.json; the card is what the last one says.

    Of the published tensors, those that are no part of the reward (`layout.IGNORED`) are left out.
    """
    directory.mkdir(parents=True, exist_ok=True)
    weights = {published_name(name): tensor.to(torch.float16) for name, tensor in model.state_dict().items()}
    torch.save(weights, directory / WEIGHTS)
    config = text_config(sizes(vocabulary).text)
    (directory / TEXT_CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (directory / VOCABULARY).write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    card = Card(name=NAME, revision=_revision(weights), distribution=distribution)
    (directory / CARD).write_text(json.dumps(card.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
    return card


def _revision(weights: dict[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()[:12]
