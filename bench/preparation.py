"""`python -m bench.preparation WHAT OPTIONS`: make what is to be measured, and say where it is as JSON.

A process of its own, since what it imports and leaves in memory must not touch what is measured.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import taxonomy
from bench import graphs, stamps
from bench.aesthetic_preparation import prepare_aesthetic
from bench.photographs import photograph
from emulation.gateway_events import rest_event
from functions.common.images import decode_base64
from functions.common.manifest import ManifestError
from functions.semantic.encoders import ENCODER_NAME
from functions.semantic.manifest import read_manifest
from models.artifact import tool_versions
from models.errors import ModelsError
from models.semantic import prompts, weights
from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.layout import SHAPES, Shape
from models.semantic.random_checkpoint import write_random_checkpoint

_SIDE = 1024
_SMALL_VOCABULARY = 8192
"""Enough for the taxonomy's words: where only the image encoder is measured, the token table may be any size."""


def prepare_semantic(options: dict[str, Any]) -> dict[str, Any]:
    """`cache`, `shape`, `checkpoint` and `artifact` (folders, or None to make them), `text`. Raises ModelsError."""
    cache, words = Path(options["cache"]), taxonomy.load()
    if options["checkpoint"]:
        source, name = Path(options["checkpoint"]), None
        home = cache / source.resolve().name
    else:
        name = options["shape"]
        home = cache / name
        source = _random_checkpoint(name, home / "checkpoint")
    checkpoint = open_checkpoint(source, name=name, shown=True)
    made_from = {"checkpoint": checkpoint.identity.checkpoint_sha256, "tools": tool_versions()}

    def make(name: str, write: Callable[[Path], None], **more: Any) -> Path:
        sys.stderr.write(f"{home / name} ...\n")
        stamps.kept(home / name, made_from | more, write)
        return home / name

    fp32 = make("fp32", lambda folder: graphs.write_fp32_graph(checkpoint, folder, shown=True))
    stock = make("stock", lambda folder: graphs.write_stock_graph(checkpoint, folder))
    artifact, prompt_rows = _artifact(options, checkpoint, words, fp32, make)
    event = make("event", _write_event, side=_SIDE)
    manifest, digest = read_manifest(artifact)
    vision = checkpoint.config.vision_config
    picture = decode_base64(json.loads(json.loads((event / "event.json").read_bytes())["body"])["image_base64"])
    return {
        "checkpoint": str(source),
        "artifact": str(artifact),
        "fp32": str(fp32 / ENCODER_NAME),
        "stock": str(stock / graphs.STOCK_NAME),
        "event": str(event / "event.json"),
        "text": manifest.text is not None and options["text"],
        "model": {
            "id": checkpoint.identity.id,
            "weights": "random" if weights.are_random(checkpoint) else "trained",
            "shape": {
                "width": vision.hidden_size,
                "layers": vision.num_hidden_layers,
                "image": vision.image_size,
                "patch": vision.patch_size,
            },
            "artifact_digest": digest,
            "artifact_given": bool(options["artifact"]),
            "artifact_of_checkpoint": manifest.model.weights_sha256 == checkpoint.identity.weights_sha256,
            "precision": manifest.precision,
            "prompts": prompt_rows,
            "encoder_mb": sum(file.bytes for name, file in manifest.files.items() if name.startswith("image")) / 1e6,
        },
        "picture": {"side": _SIDE, "jpeg_bytes": len(picture)},
    }


def prepare_sizes(options: dict[str, Any]) -> dict[str, Any]:
    """`cache`, `shapes`: an artifact of each shape, without its text tower, from random weights. Raises ModelsError."""
    words = taxonomy.load()
    artifacts = {}
    for name in options["shapes"]:
        home = Path(options["cache"]) / name / "image-only"
        shape = replace(SHAPES[name], vocabulary=_SMALL_VOCABULARY)

        def make(folder: Path, name: str = name, shape: Shape = shape) -> None:
            with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
                checkpoint, fp32 = Path(scratch, "checkpoint"), Path(scratch, "fp32")
                write_random_checkpoint(shape, checkpoint, prompts.words(taxonomy.load()), shown=True)
                opened = open_checkpoint(checkpoint, name=f"random-{name}", shown=True)
                fp32.mkdir()
                graphs.write_fp32_graph(opened, fp32, shown=True)
                graphs.write_artifact(opened, words, fp32, folder, text=False)

        stamps.kept(home, {"shape": asdict(shape), "taxonomy": words.digest, "tools": tool_versions()}, make)
        manifest, _ = read_manifest(home)
        artifacts[name] = {
            "artifact": str(home),
            "image": manifest.preprocessing.height,
            "encoder_mb": sum(file.bytes for part, file in manifest.files.items() if part.startswith("image")) / 1e6,
        }
    return {"artifacts": artifacts}


def _artifact(
    options: dict[str, Any],
    checkpoint: Checkpoint,
    words: taxonomy.Taxonomy,
    fp32: Path,
    make: Callable[..., Path],
) -> tuple[Path, str]:
    """The folder of the artifact to be measured, and where its prompts come from."""
    random_rows = "random unit vectors, as many as the taxonomy has"
    if not options["artifact"]:
        made = make(
            "artifact",
            lambda folder: graphs.write_artifact(checkpoint, words, fp32, folder, text=options["text"]),
            taxonomy=words.digest,
            text=options["text"],
        )
        return made, random_rows
    given = Path(options["artifact"])
    try:
        manifest, digest = read_manifest(given)
    except ManifestError as error:
        raise ModelsError(str(error)) from error
    if manifest.embedding_size != checkpoint.config.vision_config.hidden_size:
        raise ModelsError(f"{given}: made from another shape than {checkpoint.directory}")
    if manifest.taxonomy_digest == words.digest:
        return given, "its own"
    dressed = make(
        "dressed",
        lambda folder: graphs.dress_artifact(given, manifest, words, folder),
        artifact=digest,
        folder=str(given.resolve()),
        taxonomy=words.digest,
    )
    return dressed, random_rows


def _random_checkpoint(shape: str, directory: Path) -> Path:
    stamps.kept(
        directory,
        {"shape": asdict(SHAPES[shape])},
        lambda folder: write_random_checkpoint(SHAPES[shape], folder, prompts.words(taxonomy.load()), shown=True),
    )
    return directory


def _write_event(folder: Path) -> None:
    """A REST event for /detect with a photograph as JPEG."""
    event = rest_event("POST", "/detect", {"image_base64": base64.b64encode(photograph(_SIDE)).decode()})
    (folder / "event.json").write_text(json.dumps(event), encoding="utf-8")


def main() -> int:
    """Prepare; the exit status."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    kinds: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
        "aesthetic": prepare_aesthetic,
        "semantic": prepare_semantic,
        "sizes": prepare_sizes,
    }
    what = kinds[sys.argv[1]]
    try:
        made = what(json.loads(sys.argv[2]))
    except ModelsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    json.dump(made, replies)
    replies.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
