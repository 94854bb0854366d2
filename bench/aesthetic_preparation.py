"""What `python -m bench aesthetic` measures, made from a checkpoint: artifacts, pictures, requests."""

from __future__ import annotations

import base64
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import stamps
from bench.engines.reward_questions import PROMPTS
from bench.photographs import CANDIDATES, photograph
from emulation.gateway_events import rest_event
from functions.aesthetic.manifest import AestheticManifest, read_manifest
from functions.aesthetic.reward_model import IMAGE_GRAPH_NAME, REWARD_GRAPH_NAME, TABLE_NAME, TOKENIZER_NAME
from functions.common.manifest import ManifestError
from models import artifact
from models.aesthetic import generated
from models.aesthetic.checkpoint import Checkpoint, open_checkpoint
from models.aesthetic.export import export_aesthetic
from models.aesthetic.generated_checkpoint import GATED_STEEPNESS, write_generated_checkpoint
from models.aesthetic.generated_vocabulary import vocabulary
from models.aesthetic.layout import TEXT_CONFIG, VOCABULARY, WEIGHTS, Sizes, published_shapes
from models.aesthetic.weights import are_generated
from models.errors import ModelsError
from models.quantize import quantize_encoder

_SIDE = 1024
_NAME = "image-reward"
_GRAPHS = (IMAGE_GRAPH_NAME, REWARD_GRAPH_NAME)


def prepare_aesthetic(options: dict[str, Any]) -> dict[str, Any]:
    """`cache`, `checkpoint` and `artifact` (folders, or None to make them). Raises ModelsError."""
    cache = Path(options["cache"])
    if options["checkpoint"]:
        source, name = Path(options["checkpoint"]), None
        home = cache / source.resolve().name
    else:
        home, name = cache / _NAME, _NAME
        source = _generated_checkpoint(home / "checkpoint")
    checkpoint = open_checkpoint(source, name=name, shown=True)
    made_from = {"checkpoint": checkpoint.identity.checkpoint_sha256, "tools": artifact.tool_versions()}

    def make(part: str, write: Callable[[Path], None]) -> Path:
        sys.stderr.write(f"{home / part} ...\n")
        stamps.kept(home / part, made_from, write)
        return home / part

    fp32 = make("reward-fp32", lambda folder: _write_fp32_artifact(checkpoint, folder))
    if options["artifact"]:
        ours = Path(options["artifact"])
    else:
        ours = make("reward-int8", lambda folder: _write_int8_artifact(fp32, folder))
    try:
        manifest, digest = read_manifest(ours)
    except ManifestError as error:
        raise ModelsError(str(error)) from error
    asked = make("questions", _write_questions)
    official = make("official", lambda folder: _write_official_home(checkpoint, folder))
    sizes = {path.name: path.stat().st_size for path in sorted((asked / "pictures").iterdir())}
    return {
        "checkpoint": str(source),
        "weights": str(source / WEIGHTS),
        "text_config": str(source / TEXT_CONFIG),
        "official_home": str(official),
        "artifact": str(ours),
        "fp32": str(fp32),
        "graphs": [str(fp32 / name) for name in _GRAPHS],
        "pictures": str(asked / "pictures"),
        "events": {name: str(asked / f"{name}.json") for name in ("run", "candidates", "prompts")},
        "model": {
            "id": checkpoint.identity.id,
            "weights": "random" if are_generated(checkpoint) else "trained",
            "shape": _shape(checkpoint, manifest),
            "published_shape": checkpoint.text.sizes == Sizes().text and manifest.image_tokens.width == 1024,
            "artifact_digest": digest,
            "artifact_given": bool(options["artifact"]),
            "artifact_of_checkpoint": manifest.model.weights_sha256 == checkpoint.identity.weights_sha256,
            "precision": manifest.precision,
            "files_mb": {file: size.bytes / 1e6 for file, size in manifest.files.items()},
        },
        "pictures_bytes": sizes,
        "picture": {"side": _SIDE, "jpeg_bytes": next(iter(sizes.values()))},
    }


def _generated_checkpoint(directory: Path) -> Path:
    stamps.kept(
        directory,
        {"generator": generated.digest(published_shapes()), "steepness": GATED_STEEPNESS},
        lambda folder: write_generated_checkpoint(folder, Sizes(), vocabulary(), steepness=GATED_STEEPNESS),
    )
    return directory


def _write_fp32_artifact(checkpoint: Checkpoint, folder: Path) -> None:
    """By the export itself, which looks at parity with torch on the way."""
    export_aesthetic(checkpoint, folder / "artifact", precision="fp32", shown=True)
    for path in (folder / "artifact").iterdir():
        path.rename(folder / path.name)
    (folder / "artifact").rmdir()


def _write_int8_artifact(fp32: Path, folder: Path) -> None:
    """Every layer quantised, whatever the precision gate would say; the token table by reference."""
    manifest, _ = read_manifest(fp32)
    for name in _GRAPHS:
        quantize_encoder(fp32 / name, folder / name, "portable")
    for name in (TABLE_NAME, TOKENIZER_NAME):
        (folder / name).symlink_to((fp32 / name).resolve())
    changed = {"precision": "int8", "canaries": None, "files": artifact.describe_files(folder)}
    artifact.write_manifest(folder, manifest.model_copy(update=changed))


def _write_questions(folder: Path) -> None:
    """Ten photographs, and what asks the service about them: one, all of them, and one with several prompts."""
    pictures = [photograph(_SIDE, number) for number in range(CANDIDATES)]
    (folder / "pictures").mkdir()
    for number, picture in enumerate(pictures):
        (folder / "pictures" / f"{number}.jpg").write_bytes(picture)
    encoded = [base64.b64encode(picture).decode() for picture in pictures]
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "run": ("/score", {"image_base64": encoded[0], "prompt": PROMPTS[0]}),
        "prompts": ("/score", {"image_base64": encoded[0], "prompts": list(PROMPTS)}),
        "candidates": (
            "/score-batch",
            {"prompt": PROMPTS[0], "candidates": [{"image_base64": picture} for picture in encoded]},
        ),
    }
    for name, (route, body) in bodies.items():
        (folder / f"{name}.json").write_text(json.dumps(rest_event("POST", route, body)), encoding="utf-8")


def _write_official_home(checkpoint: Checkpoint, folder: Path) -> None:
    """Where the official package finds the vocabulary it asks for by name."""
    (folder / "bert-base-uncased").mkdir()
    shutil.copyfile(checkpoint.directory / VOCABULARY, folder / "bert-base-uncased" / VOCABULARY)


def _shape(checkpoint: Checkpoint, manifest: AestheticManifest) -> dict[str, int]:
    text, tokens = checkpoint.text.sizes, manifest.image_tokens
    return {
        "image": manifest.preprocessing.size,
        "image_tokens": tokens.count,
        "image_width": tokens.width,
        "text_layers": text.layers,
        "text_width": text.width,
    }
