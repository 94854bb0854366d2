"""What each command of `python -m models` does, and what it says afterwards."""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import taxonomy
from functions.common.manifest import GraphGate
from models import hub, lockfile
from models.canaries import ask_canaries
from models.errors import CheckpointError, LockError
from models.semantic import labels, prompts
from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.export import Export, export_semantic
from models.semantic.parity import Difference
from models.semantic.random_checkpoint import SHAPES, write_random_checkpoint


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result as plain values, and the same for a reader."""

    result: dict[str, Any]
    summary: str
    status: int = 0
    """The exit status."""


def export(options: argparse.Namespace) -> Outcome:
    """`export semantic`: from a local folder or a hub repository."""
    started = time.monotonic()
    checkpoint = _open(options)
    return _export(checkpoint, options.out, options, started)


def export_all(options: argparse.Namespace) -> Outcome:
    """`all`: the default model of every function that has one, into a folder each."""
    started = time.monotonic()
    model = lockfile.read_lock(options.lock).default("semantic")
    directory = hub.fetch(model, shown=not options.json)
    checkpoint = open_checkpoint(directory, name=model.repo, revision=model.commit, shown=not options.json)
    return _export(checkpoint, options.out / "semantic", options, started)


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


def _open(options: argparse.Namespace) -> Checkpoint:
    source, revision, shown = options.checkpoint, options.revision, not options.json
    if Path(source).is_dir():
        if revision is not None:
            raise CheckpointError(f"{source} is a local folder: --revision is for hub repositories")
        return open_checkpoint(Path(source), shown=shown)
    if not hub.is_hub_id(source):
        raise CheckpointError(f"{source} is neither a folder nor a hub repository (owner/name)")
    model = lockfile.read_lock(options.lock).find(source)
    if model is not None and model.commit is not None and revision in (None, model.commit):
        return open_checkpoint(hub.fetch(model, shown=shown), name=source, revision=model.commit, shown=shown)
    directory, commit = hub.fetch_revision(source, revision, shown=shown)
    return open_checkpoint(directory, name=source, revision=commit, shown=shown)


def _export(checkpoint: Checkpoint, out: Path, options: argparse.Namespace, started: float) -> Outcome:
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
    seconds = time.monotonic() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    manifest, figures = done.manifest, done.parity
    result = {
        "out": str(out),
        "status": "written" if figures else "unchanged",
        "digest": done.digest,
        "manifest": manifest.model_dump(mode="json"),
        "parity": figures.as_json() if figures else None,
        "seconds": round(seconds, 1),
        "peak_memory_mb": round(peak_mb),
    }
    return Outcome(result, "\n".join([*_describe(done, out), f"  {seconds:.0f} s, at most {peak_mb:.0f} MB of memory"]))


def _describe(done: Export, out: Path) -> list[str]:
    manifest, figures = done.manifest, done.parity
    megabytes = sum(file.bytes for file in manifest.files.values()) / 1e6
    lines = [
        f"{out}: {'written' if figures else 'there already and intact'}",
        f"  {manifest.model.id} {manifest.model.revision or ''}".rstrip(),
        f"  {manifest.precision} for {manifest.target}, {megabytes:.1f} MB, digest {done.digest[:12]}",
    ]
    if figures:
        lines.append(_describe_parity(figures.pictures, figures.fp32))
        if figures.text:
            lines.append(_describe_parity(figures.text.texts, figures.text.fp32))
    if manifest.gate:
        lines += [line for name, gate in manifest.gate.graphs.items() for line in describe_gate(name, gate)]
        if manifest.gate.label:
            lines.append(f"  figures: {manifest.gate.label}")
    return lines


def _describe_parity(compared: str, fp32: Difference) -> str:
    return (
        f"  parity of fp32 with torch on {compared}: logits differ by at most {fp32.max_logit:.2g} "
        f"(95th percentile {fp32.p95_logit:.2g}), cosine at least {fp32.min_cosine:.6f}"
    )


def describe_gate(name: str, gate: GraphGate) -> list[str]:
    """Lines for a reader: the figures of one graph, and the layers that stayed in fp32."""
    figures = ", ".join(
        f"{figure_name.replace('_', ' ')} {figure.value:.2g} (limit {figure.limit:g})"
        for figure_name, figure in gate.figures.items()
    )
    lines = [f"  gate of {name} on {gate.compared}: {figures}"]
    if gate.kept_fp32:
        lines.append(f"    {gate.kept_share:.1%} of the weights stay in fp32: {', '.join(gate.kept_fp32)}")
    return lines
