"""What the commands of `python -m models` do with ImageReward, and what they say afterwards."""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models import hub, lockfile
from models.aesthetic.checkpoint import Checkpoint, open_checkpoint
from models.aesthetic.export import Export, export_aesthetic
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from models.aesthetic.generated_vocabulary import vocabulary
from models.aesthetic.layout import TEXT_CONFIG, VOCABULARY, VOCABULARY_REPO, WEIGHTS, Sizes
from models.commands import Outcome, describe_gate
from models.errors import CheckpointError, ModelsError

SHAPE: Final = "image-reward"
"""For `random`."""
_STEEPNESS: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Source:
    """A folder, and the hub's name and commit of what is in it where it came from there."""

    directory: Path
    name: str | None = None
    revision: str | None = None


def export(options: argparse.Namespace) -> Outcome:
    """`export aesthetic`: checkpoint and vocabulary each from a local folder or a hub repository."""
    started = time.monotonic()
    checkpoint = _open(options)
    done = export_aesthetic(
        checkpoint,
        options.out,
        target=options.target,
        precision=options.precision,
        force=options.force,
        shown=not options.json,
    )
    seconds = time.monotonic() - started
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "out": str(options.out),
        "status": "written" if done.parity else "unchanged",
        "digest": done.digest,
        "manifest": done.manifest.model_dump(mode="json"),
        "parity": done.parity.as_json() if done.parity else None,
        "seconds": round(seconds, 1),
        "peak_memory_mb": round(peak_mb),
    }
    lines = [*_describe(done, options.out), f"  {seconds:.0f} s, at most {peak_mb:.0f} MB of memory"]
    return Outcome(result, "\n".join(lines))


def random(options: argparse.Namespace) -> Outcome:
    """`random --shape image-reward`: the generated checkpoint, its rewards flat enough for the precision gate."""
    if options.seed:
        raise ModelsError(f"{SHAPE} comes out of a frozen generator: it has no --seed")
    if options.out.exists() and any(options.out.iterdir()):
        raise ModelsError(f"{options.out} is not empty")
    options.out.mkdir(parents=True, exist_ok=True)
    write_generated_checkpoint(options.out, Sizes(), vocabulary(), steepness=_STEEPNESS)
    size = sum(path.stat().st_size for path in options.out.iterdir())
    return Outcome(
        {"out": str(options.out), "shape": SHAPE, "seed": 0, "bytes": size},
        f"{options.out}: {SHAPE} with random weights, {size / 1e6:.0f} MB",
    )


def _open(options: argparse.Namespace) -> Checkpoint:
    weights = _resolve(options, options.checkpoint, options.revision, (WEIGHTS, TEXT_CONFIG))
    if options.vocab is None and (weights.directory / VOCABULARY).is_file():
        pieces = weights
    else:
        pieces = _resolve(options, options.vocab or VOCABULARY_REPO, None, (VOCABULARY,))
    return open_checkpoint(
        weights.directory,
        pieces.directory,
        name=weights.name,
        revision=weights.revision,
        vocabulary_name=pieces.name,
        vocabulary_revision=pieces.revision,
        shown=not options.json,
    )


def _resolve(options: argparse.Namespace, source: str, revision: str | None, wanted: tuple[str, ...]) -> _Source:
    if Path(source).is_dir():
        if revision is not None:
            raise CheckpointError(f"{source} is a local folder: --revision is for hub repositories")
        return _Source(Path(source))
    if not hub.is_hub_id(source):
        raise CheckpointError(f"{source} is neither a folder nor a hub repository (owner/name)")
    model, shown = lockfile.read_lock(options.lock).find(source), not options.json
    if model is not None and model.commit is not None and revision in (None, model.commit):
        return _Source(hub.fetch(model, shown=shown), source, model.commit)
    directory, commit = hub.fetch_revision(source, revision, wanted=wanted, shown=shown)
    return _Source(directory, source, commit)


def _describe(done: Export, out: Path) -> list[str]:
    manifest, figures = done.manifest, done.parity
    megabytes = sum(file.bytes for file in manifest.files.values()) / 1e6
    lines = [
        f"{out}: {'written' if figures else 'there already and intact'}",
        f"  {manifest.model.id} {manifest.model.revision or ''}".rstrip(),
        f"  {manifest.precision} for {manifest.target}, {megabytes:.1f} MB, digest {done.digest[:12]}",
    ]
    if figures:
        lines.append(
            f"  parity of fp32 with torch on {figures.compared}: rewards differ by at most "
            f"{figures.max_reward_change:.2g} (they spread by {figures.reward_spread:.2g}), image tokens by "
            f"{figures.max_token_change:.2g}"
        )
    if manifest.gate:
        lines += [line for name, gate in manifest.gate.graphs.items() for line in describe_gate(name, gate)]
        if manifest.gate.label:
            lines.append(f"  figures: {manifest.gate.label}")
    return lines
