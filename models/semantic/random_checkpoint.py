"""Checkpoints of the published shapes with random weights: what an export costs, where no weights can be had."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import SiglipConfig, SiglipModel

from models import progress
from models.checkpoint_files import creating
from models.errors import ModelsError
from models.quiet import quiet_configuration
from models.semantic.layout import CONFIG, PREPROCESSOR, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS, Shape
from models.semantic.weights import RANDOM_WEIGHTS

_LOGIT_SCALE = math.log(110)
_LOGIT_BIAS = -16.0


def write_random_checkpoint(
    shape: Shape, directory: Path, vocabulary: Iterable[str], *, seed: int = 0, shown: bool = False
) -> None:
    """Write a checkpoint in the published layout: same file names, tensors, shapes and types, weights from `seed`.

    The tokenizer is not the published one: it knows the words of `vocabulary` and no others, under the published
    special ids. Weights are scaled by their inputs, so that activations stay of order one. Raises ModelsError.
    """
    with quiet_configuration(), torch.device("meta"):
        empty = SiglipModel(SiglipConfig.from_dict(configuration(shape)))
    shapes = {name: tuple(tensor.shape) for name, tensor in empty.state_dict().items()}
    with creating(directory) as new:
        _write_json(new / CONFIG, configuration(shape))
        _write_json(new / PREPROCESSOR, _preprocessor(shape))
        _write_tokenizer(new, sorted(set(vocabulary)), shape.vocabulary)
        _write_weights(new / WEIGHTS, shapes, seed, shown=shown)


def configuration(shape: Shape) -> dict[str, Any]:
    """`config.json` in the published form."""
    tower = {
        "hidden_size": shape.width,
        "intermediate_size": shape.mlp,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": shape.layers,
    }
    return {
        "initializer_factor": 1.0,
        "model_type": "siglip",
        "text_config": {
            **tower,
            "model_type": "siglip_text_model",
            "projection_size": shape.width,
            "vocab_size": shape.vocabulary,
        },
        "vision_config": {
            **tower,
            "image_size": shape.image,
            "model_type": "siglip_vision_model",
            "patch_size": shape.patch,
        },
    }


def _preprocessor(shape: Shape) -> dict[str, Any]:
    return {
        "do_convert_rgb": None,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_processor_type": "SiglipImageProcessor",
        "image_std": [0.5, 0.5, 0.5],
        "processor_class": "SiglipProcessor",
        "resample": 2,
        "rescale_factor": 0.00392156862745098,
        "size": {"height": shape.image, "width": shape.image},
    }


def _write_tokenizer(directory: Path, words: Sequence[str], vocabulary: int) -> None:
    special = ("<pad>", "<eos>", "<bos>", "<unk>")
    ids = {token: index for index, token in enumerate((*special, *words))}
    if len(ids) > vocabulary:
        raise ModelsError(f"{len(ids)} words do not fit a vocabulary of {vocabulary}")
    tokenizer = Tokenizer(WordLevel(ids, unk_token="<unk>"))  # noqa: S106 - a word, not a password
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", ids["<eos>"])])
    tokenizer.save(str(directory / TOKENIZER))
    _write_json(
        directory / TOKENIZER_CONFIG,
        {
            "add_bos_token": False,
            "add_eos_token": True,
            "bos_token": "<bos>",
            "eos_token": "<eos>",
            "model_max_length": 64,
            "pad_token": "<pad>",
            "padding_side": "right",
            "tokenizer_class": "PreTrainedTokenizerFast",
            "unk_token": "<unk>",
        },
    )


def _write_weights(path: Path, shapes: dict[str, tuple[int, ...]], seed: int, *, shown: bool) -> None:
    """Write a safetensors file a tensor at a time: its library holds the whole of it in memory, twice.

    Format: 8 bytes little-endian length of a JSON header, the header, the tensors.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt", "weights": RANDOM_WEIGHTS}}
    offset = 0
    for name, shape in shapes.items():
        size = 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    rng = np.random.default_rng(seed)
    with path.open("wb") as file, progress.bar(f"write {path.name}", offset, "B", shown=shown) as bar:
        file.write(len(encoded).to_bytes(8, "little"))
        file.write(encoded)
        for name, shape in shapes.items():
            values = _initial(name, shape, rng)
            file.write(values.data)
            bar.update(values.nbytes)


def _initial(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.typing.NDArray[np.float32]:
    if name == "logit_scale":
        return np.full(shape, _LOGIT_SCALE, np.float32)
    if name == "logit_bias":
        return np.full(shape, _LOGIT_BIAS, np.float32)
    if name.endswith("bias"):
        return np.zeros(shape, np.float32)
    if len(shape) == 1:  # of a layer norm
        return np.ones(shape, np.float32)
    scale = 1.0 if "embedding.weight" in name and len(shape) == 2 else 1 / math.sqrt(math.prod(shape[1:]))
    values = rng.standard_normal(shape, dtype=np.float32)
    values *= np.float32(scale)
    return values


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
