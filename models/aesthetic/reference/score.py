"""Let the official package score a generated checkpoint of full size, and write its answers down as golden values.

Runs in the reference environment, and imports nothing of it but what the package itself needs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch
import torchvision  # type: ignore[import-not-found]
import transformers
from PIL import Image

from models.aesthetic import generated
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from models.aesthetic.generated_vocabulary import vocabulary
from models.aesthetic.layout import PROMPT_LENGTH, TEXT_CONFIG, VOCABULARY, WEIGHTS, Sizes, published_shapes
from models.aesthetic.reference import prompts


def main() -> None:
    """Write rewards.json, tokens.json and pixels.json into the folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m models.aesthetic.reference.score", description=__doc__)
    parser.add_argument("--out", type=Path, default=prompts.GOLDEN, metavar="DIR", help="default: %(default)s")
    out: Path = parser.parse_args().out.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        model = _official_model(Path(scratch))
    _write(out / "tokens.json", _tokens(model))
    _write(out / "pixels.json", _pixels(model))
    _write(out / "rewards.json", _rewards(model))


def _official_model(directory: Path) -> Any:
    """The package's own model, loaded by its own function from files in the published layout."""
    _note("generating the checkpoint")
    write_generated_checkpoint(directory, Sizes(), vocabulary())
    # The package asks for 'bert-base-uncased', which may as well be a folder.
    (directory / "bert-base-uncased").mkdir()
    (directory / VOCABULARY).rename(directory / "bert-base-uncased" / VOCABULARY)
    os.chdir(directory)
    import ImageReward  # type: ignore[import-not-found]  # noqa: PLC0415 - reads what was written above

    _note("loading it with image-reward")
    model = ImageReward.load(str(directory / WEIGHTS), device="cpu", med_config=str(directory / TEXT_CONFIG))
    os.chdir(prompts.GOLDEN)
    return model


def _tokens(model: Any) -> dict[str, Any]:
    texts = prompts.tokenizer_texts()
    found = model.blip.tokenizer(list(texts), padding="max_length", truncation=True, max_length=PROMPT_LENGTH)
    lengths = [sum(mask) for mask in found["attention_mask"]]
    whole = [len(ids) for ids in model.blip.tokenizer(list(texts))["input_ids"]]
    return {
        "tokenizer": type(model.blip.tokenizer).__name__,
        "versions": _versions(),
        "texts": [
            {"text": text, "ids": " ".join(map(str, ids[:length])), "truncated": size > PROMPT_LENGTH}
            for text, ids, length, size in zip(texts, found["input_ids"], lengths, whole)  # noqa: B905 - Python 3.9
        ],
    }


def _pixels(model: Any) -> dict[str, Any]:
    digests = []
    for width, height in prompts.SIZES:
        picture = Image.fromarray(prompts.random_pixels(width, height))
        digests.append({"width": width, "height": height, "sha256": _digest(model.preprocess(picture))})
    return {"versions": _versions(), "pictures": digests}


def _rewards(model: Any) -> dict[str, Any]:
    paths = {path.name: path for path in sorted(prompts.PICTURES.iterdir()) if path.suffix != ".md"}
    pictures = {
        name: {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "size": Image.open(path).size,
            "pixels_sha256": _digest(model.preprocess(Image.open(path))),
        }
        for name, path in paths.items()
    }
    scored = []
    with torch.no_grad():
        for name, prompt in prompts.pairs(list(paths)):
            scored.append({"picture": name, "prompt": prompt, "reward": model.score(prompt, str(paths[name]))})
            _note(f"{scored[-1]}")
        prompt = prompts.PROMPTS[0]
        ranks, rewards = model.inference_rank(prompt, [str(path) for path in paths.values()])
        ranking = {"prompt": prompt, "pictures": list(paths), "ranks": ranks, "rewards": rewards}
        _note("the same in float64")
        _score_in_float64(model, paths, scored)
    return {
        "package": "image-reward 1.5",
        "versions": _versions(),
        "generator": generated.digest(published_shapes()),
        "pictures": pictures,
        "scored": scored,
        "ranking": ranking,
    }


def _score_in_float64(model: Any, paths: dict[str, Path], scored: list[dict[str, Any]]) -> None:
    """Add `reward_float64` to the first pair of each picture.

    By `score_gard`, which takes what `score` computes: `score` itself turns features back to float32 on the way.
    """
    model.double()
    seen = set()
    for entry in scored:
        if entry["picture"] in seen:
            continue
        seen.add(entry["picture"])
        text = model.blip.tokenizer(
            entry["prompt"], padding="max_length", truncation=True, max_length=PROMPT_LENGTH, return_tensors="pt"
        )
        image = model.preprocess(Image.open(paths[entry["picture"]])).unsqueeze(0).double()
        entry["reward_float64"] = model.score_gard(text.input_ids, text.attention_mask, image).item()


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "transformers": transformers.__version__,
        "pillow": PIL.__version__,
        "numpy": np.__version__,
    }


def _digest(pixels: Any) -> str:
    """Of a float32 tensor (3, 224, 224), little-endian."""
    return hashlib.sha256(np.ascontiguousarray(pixels.numpy(), dtype="<f4").tobytes()).hexdigest()


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _note(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    main()
