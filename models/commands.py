"""What each command of `python -m models` does, and what it says afterwards."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import taxonomy
from models import hub, lockfile
from models.aesthetic import commands as aesthetic_commands
from models.canaries import ask_canaries
from models.errors import LockError
from models.outcomes import Outcome, export_outcome
from models.semantic import labels, prompts
from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.export import export_semantic
from models.semantic.parity import Difference
from models.semantic.random_checkpoint import SHAPES, write_random_checkpoint
from models.semantic.torch_export import export_torch
from models.sources import locate
from models.torch_files import check_torch_options


def export(options: argparse.Namespace) -> Outcome:
    """`export semantic`: from a local folder or a hub repository."""
    started = time.monotonic()
    checkpoint = _open(options)
    return _export(checkpoint, options.out, options, started)


def export_all(options: argparse.Namespace) -> Outcome:
    """`all`: the default model of every function that the lock names one for, into a folder each."""
    _learn_digests(options.lock, shown=not options.json)
    exports = {"semantic": export, "aesthetic": aesthetic_commands.export}
    done: dict[str, Outcome] = {}
    for model in lockfile.read_lock(options.lock).models:
        if model.function is not None:
            out = options.out / (f"{model.function}-torch" if options.engine == "torch" else model.function)
            of_this = {"checkpoint": model.repo, "revision": None, "vocab": None, "out": out}
            done[model.function] = exports[model.function](argparse.Namespace(**vars(options) | of_this))
    if not done:
        raise LockError(f"{options.lock}: names no function's model")
    return Outcome(
        {function: outcome.result for function, outcome in done.items()},
        "\n".join(outcome.summary for outcome in done.values()),
    )


def embed(options: argparse.Namespace) -> Outcome:
    """`embed`: labels, ahead of the requests that will ask for them."""
    wanted = labels.read_label_file(options.labels)
    done = labels.embed_labels(options.artifact, wanted, options.template, shown=not options.json)
    return Outcome(
        {"artifact": str(options.artifact), "new": done.new, "held": done.held, "digest": done.digest},
        f"{options.artifact}: {done.new} labels embedded, {done.held} held in all, digest {done.digest[:12]}",
    )


def canaries(options: argparse.Namespace) -> Outcome:
    """`canaries`: does a live endpoint answer as the artifact did when it was made?"""
    found = ask_canaries(options.artifact, options.url, options.header, shown=not options.json)
    return Outcome(found.as_json(), found.table(), status=0 if found.passed else 1)


def fetch(options: argparse.Namespace) -> Outcome:
    """`fetch`: pinned files, checked."""
    lock = lockfile.read_lock(options.lock)
    chosen = lock.models
    if options.repo is not None:
        found = lock.find(options.repo)
        if found is None:
            raise LockError(f"{options.repo} is not in {options.lock.name}: add it with `python -m models lock`")
        chosen = (found,)
    folders = {model.repo: str(hub.fetch(model, shown=not options.json)) for model in chosen}
    lines = [f"{repo}: intact in {folder}" for repo, folder in folders.items()]
    return Outcome({"folders": folders}, "\n".join(lines))


def lock(options: argparse.Namespace) -> Outcome:
    """`lock`: commits and digests, from the hub's own metadata."""
    current = lockfile.read_lock(options.lock)
    if options.repo is not None:
        wanted = [options.repo]
    else:
        wanted = [model.repo for model in current.models if model.commit is None or not model.files]
    pinned = {}
    for repo in wanted:
        known = current.find(repo)
        entry = hub.pin(
            repo,
            options.revision,
            function=known.function if known else None,
            wanted=known.wanted if known else None,
            shown=not options.json,
        )
        current = current.replacing(entry)
        pinned[repo] = entry.commit
    lockfile.write_lock(current, options.lock)
    lines = [f"{repo}: pinned at {commit}" for repo, commit in pinned.items()] or ["every model is pinned already"]
    return Outcome({"pinned": pinned}, "\n".join(lines))


def random(options: argparse.Namespace) -> Outcome:
    """`random`: a checkpoint to measure an export with."""
    words = (word for entry in prompts.ensembles(taxonomy.load()) for text in entry.texts for word in text.split())
    write_random_checkpoint(SHAPES[options.shape], options.out, words, seed=options.seed, shown=not options.json)
    size = sum(path.stat().st_size for path in options.out.iterdir())
    return Outcome(
        {"out": str(options.out), "shape": options.shape, "seed": options.seed, "bytes": size},
        f"{options.out}: {options.shape} with random weights, {size / 1e6:.0f} MB",
    )


def _learn_digests(path: Path, *, shown: bool) -> None:
    """Ask the hub for the digests of what is pinned by its commit alone, and keep them: from then on they must hold."""
    current = lockfile.read_lock(path)
    for model in current.models:
        if model.function is not None and model.commit is not None and not model.files:
            told = hub.pin(model.repo, model.commit, function=model.function, wanted=model.wanted, shown=shown)
            current = current.replacing(told)
            lockfile.write_lock(current, path)


def _open(options: argparse.Namespace) -> Checkpoint:
    shown = not options.json
    found = locate(options.checkpoint, options.revision, options.lock, shown=shown)
    return open_checkpoint(found.directory, name=found.name, revision=found.revision, shown=shown)


def _export(checkpoint: Checkpoint, out: Path, options: argparse.Namespace, started: float) -> Outcome:
    if options.engine == "torch":
        check_torch_options(options.target, options.precision)
        done = export_torch(
            checkpoint,
            taxonomy.load(),
            out,
            temperature=options.temperature,
            text=options.text,
            force=options.force,
            shown=not options.json,
        )
    else:
        done = export_semantic(
            checkpoint,
            taxonomy.load(),
            out,
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
    return export_outcome(out, done.manifest, done.digest, started, parity=parity, parity_lines=lines)


def _describe_parity(compared: str, fp32: Difference) -> str:
    return (
        f"  parity of fp32 with torch on {compared}: logits differ by at most {fp32.max_logit:.2g} "
        f"(95th percentile {fp32.p95_logit:.2g}), cosine at least {fp32.min_cosine:.6f}"
    )
