"""The commands of `python -m models` for SigLIP, and their summaries."""

from __future__ import annotations

import argparse
import time

import taxonomy
from models import torch_artifact
from models.outcomes import Outcome, export_outcome
from models.semantic import labels, prompts
from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.export import export_semantic
from models.semantic.layout import SHAPES
from models.semantic.parity import Difference
from models.semantic.random_checkpoint import write_random_checkpoint
from models.semantic.torch_export import export_torch
from models.sources import locate


def export(options: argparse.Namespace) -> Outcome:
    """`export semantic`: from a local folder or a hub repository."""
    started = time.monotonic()
    checkpoint = _open(options)
    if options.engine == "torch":
        torch_artifact.check_options(options.target, options.precision)
        done = export_torch(
            checkpoint,
            taxonomy.load(),
            options.out,
            temperature=options.temperature,
            text=options.text,
            force=options.force,
            shown=not options.json,
        )
    else:
        done = export_semantic(
            checkpoint,
            taxonomy.load(),
            options.out,
            target=options.target,
            precision=options.precision,
            temperature=options.temperature,
            text=options.text,
            force=options.force,
            shown=not options.json,
        )
    figures = done.parity
    lines: list[str] = []
    if figures:
        lines.append(_describe_parity(figures.pictures, figures.fp32))
        if figures.text:
            lines.append(_describe_parity(figures.text.texts, figures.text.fp32))
    parity = figures.as_json() if figures else None
    return export_outcome(options.out, done.manifest, done.digest, started, parity=parity, parity_lines=lines)


def embed(options: argparse.Namespace) -> Outcome:
    """`embed`: labels, ahead of the requests that will ask for them."""
    wanted = labels.read_label_file(options.labels)
    done = labels.embed_labels(options.artifact, wanted, options.template, shown=not options.json)
    return Outcome(
        {"artifact": str(options.artifact), "new": done.new, "held": done.held, "digest": done.digest},
        f"{options.artifact}: {done.new} labels embedded, {done.held} in the artifact, digest {done.digest[:12]}",
    )


def random(options: argparse.Namespace) -> Outcome:
    """`random`: a checkpoint to measure an export with."""
    words = prompts.words(taxonomy.load())
    write_random_checkpoint(SHAPES[options.shape], options.out, words, seed=options.seed, shown=not options.json)
    size = sum(path.stat().st_size for path in options.out.iterdir())
    return Outcome(
        {"out": str(options.out), "shape": options.shape, "seed": options.seed, "bytes": size},
        f"{options.out}: {options.shape} with random weights, {size / 1e6:.0f} MB",
    )


def _open(options: argparse.Namespace) -> Checkpoint:
    shown = not options.json
    found = locate(options.checkpoint, options.revision, options.lock, shown=shown)
    return open_checkpoint(found.directory, name=found.name, revision=found.revision, shown=shown)


def _describe_parity(compared: str, fp32: Difference) -> str:
    return (
        f"  parity of fp32 with torch on {compared}: logits differ by at most {fp32.max_logit:.2g} "
        f"(95th percentile {fp32.p95_logit:.2g}), cosine at least {fp32.min_cosine:.6f}"
    )
