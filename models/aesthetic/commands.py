"""The commands of `python -m models` for ImageReward, and their summaries."""

from __future__ import annotations

import argparse
import time

from models import torch_artifact
from models.aesthetic.checkpoint import Checkpoint, open_checkpoint, read_text_config
from models.aesthetic.export import export_aesthetic
from models.aesthetic.generated_checkpoint import GATED_STEEPNESS, write_generated_checkpoint
from models.aesthetic.generated_vocabulary import vocabulary
from models.aesthetic.layout import SHAPE, TEXT_CONFIG, VOCABULARY, VOCABULARY_REPO, WEIGHTS, Sizes
from models.aesthetic.torch_export import export_torch
from models.checkpoint_files import creating
from models.errors import ModelsError
from models.outcomes import Outcome, export_outcome
from models.sources import Source, locate


def export(options: argparse.Namespace) -> Outcome:
    """`export aesthetic`: checkpoint and vocabulary each from a local folder or a hub repository."""
    started = time.monotonic()
    checkpoint = _open(options)
    if options.engine == "torch":
        torch_artifact.check_options(options.target, options.precision)
        done = export_torch(checkpoint, options.out, force=options.force, shown=not options.json)
    else:
        done = export_aesthetic(
            checkpoint,
            options.out,
            target=options.target,
            precision=options.precision,
            force=options.force,
            shown=not options.json,
        )
    figures = done.parity
    lines = []
    if figures:
        lines.append(
            f"  parity of fp32 with torch on {figures.compared}: rewards differ by at most "
            f"{figures.max_reward_change:.2g} (over a range of {figures.reward_spread:.2g}), image tokens by "
            f"{figures.max_token_change:.2g}"
        )
    parity = figures.as_json() if figures else None
    return export_outcome(options.out, done.manifest, done.digest, started, parity=parity, parity_lines=lines)


def random(options: argparse.Namespace) -> Outcome:
    """`random --shape image-reward`: the generated checkpoint, its rewards flat enough for the precision gate."""
    if options.seed:
        raise ModelsError(f"{SHAPE} takes no --seed: its generator is frozen")
    with creating(options.out) as directory:
        write_generated_checkpoint(directory, Sizes(), vocabulary(), steepness=GATED_STEEPNESS)
    size = sum(path.stat().st_size for path in options.out.iterdir())
    return Outcome(
        {"out": str(options.out), "shape": SHAPE, "seed": 0, "bytes": size},
        f"{options.out}: {SHAPE} with random weights, {size / 1e6:.0f} MB",
    )


def _open(options: argparse.Namespace) -> Checkpoint:
    weights = _locate(options, options.checkpoint, options.revision, (WEIGHTS, TEXT_CONFIG))
    read_text_config(weights.directory)  # before the hub is asked for the vocabulary of what is no checkpoint
    if options.vocab is None and (weights.directory / VOCABULARY).is_file():
        pieces = weights
    else:
        pieces = _locate(options, options.vocab or VOCABULARY_REPO, None, (VOCABULARY,))
    return open_checkpoint(
        weights.directory,
        pieces.directory,
        name=weights.name,
        revision=weights.revision,
        vocabulary_name=pieces.name,
        vocabulary_revision=pieces.revision,
        shown=not options.json,
    )


def _locate(options: argparse.Namespace, source: str, revision: str | None, wanted: tuple[str, ...]) -> Source:
    return locate(source, revision, options.lock, wanted=wanted, shown=not options.json)
