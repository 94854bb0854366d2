"""Small torch artifacts on disk: towers with random weights, a true manifest, and for the semantic one real prompts."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from torch import nn

import taxonomy
from functions.aesthetic.gpu import reward_model as aesthetic_files
from functions.aesthetic.gpu import towers as aesthetic
from functions.aesthetic.manifest import ImageTokens, PromptInput
from functions.aesthetic.reward_model import TOKENIZER_NAME
from functions.common.gpu.weights import SIZES_KEY
from functions.common.manifest import FileDigest, Manifest
from functions.semantic.gpu import encoders as semantic_files
from functions.semantic.gpu import towers as semantic
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME, dump_index
from tests.functions import fakes
from tests.functions.aesthetic import fakes as aesthetic_fakes

PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *["a", "b", "c", "red", "kite", "sea", "over", "the", "##s"])
_TOWER: dict[str, Any] = {"layers": 2, "heads": 4, "inner": 48, "epsilon": 1e-6}

Spoil = Callable[[dict[str, torch.Tensor]], None]


def write_semantic(directory: Path, words: taxonomy.Taxonomy, spoil: Spoil = lambda _: None) -> Path:
    """Everything the torch engine reads but a text tower."""
    directory.mkdir(parents=True, exist_ok=True)
    sizes = semantic.VisionSizes(
        width=fakes.EMBEDDING, activation="gelu_pytorch_tanh", length=4, patch=fakes.GRID // 2, **_TOWER
    )
    _write_tower(directory / semantic_files.VISION_NAME, semantic.VisionTower(sizes), sizes, spoil)
    rows = fakes.prompt_rows(words)
    (directory / INDEX_NAME).write_bytes(dump_index(rows))
    np.save(directory / MATRIX_NAME, fakes.prompt_matrix(rows))
    return _sign(directory, fakes.manifest(words))


def write_aesthetic(directory: Path, spoil: Spoil = lambda _: None) -> Path:
    """Everything the torch engine reads."""
    directory.mkdir(parents=True, exist_ok=True)
    width, size = 32, aesthetic_fakes.SIZE
    vision = aesthetic.VisionSizes(width=width, patch=size // 2, tokens=5, **_TOWER)
    text = aesthetic.TextSizes(width=width, vocabulary=len(PIECES), length=12, image_width=width, **_TOWER)
    _write_tower(directory / aesthetic_files.VISION_NAME, aesthetic.VisionTower(vision), vision, spoil)
    _write_tower(directory / aesthetic_files.REWARD_NAME, aesthetic.RewardTower(text), text, spoil)
    tokenizer = Tokenizer(WordPiece({piece: number for number, piece in enumerate(PIECES)}, unk_token=PIECES[1]))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.save(str(directory / TOKENIZER_NAME))
    described = aesthetic_fakes.manifest().model_copy(
        update={
            "image_tokens": ImageTokens(count=5, width=width),
            "prompt": PromptInput(
                length=12, width=width, vocab_size=len(PIECES), pad_id=0, unk_id=1, cls_id=2, sep_id=3
            ),
        }
    )
    return _sign(directory, described)


def _write_tower(path: Path, tower: nn.Module, sizes: BaseModel, spoil: Spoil) -> None:
    generator = torch.Generator().manual_seed(11)
    weights = {}
    for name, tensor in tower.state_dict().items():
        if tensor.ndim > 1:
            weights[name] = torch.randn(tensor.shape, generator=generator) / tensor.shape[-1] ** 0.5
        else:
            ones = torch.ones_like(tensor) if name.endswith("norm.weight") else torch.zeros_like(tensor)
            weights[name] = ones + 0.1 * torch.randn(tensor.shape, generator=generator)
    spoil(weights)
    save_file(weights, path, metadata={SIZES_KEY: sizes.model_dump_json()})


def _sign(directory: Path, described: Manifest) -> Path:
    files = {
        path.name: FileDigest(bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(directory.iterdir())
    }
    document = described.model_copy(update={"engine": "torch", "precision": "fp32", "gate": None, "files": files})
    (directory / "manifest.json").write_text(json.dumps(document.model_dump(mode="json")))
    return directory
