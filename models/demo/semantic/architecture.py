"""The demo model's shape: SigLIP's, small."""

import math
from typing import Any, Final

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import SiglipConfig, SiglipModel

from models.demo.semantic.pictures import SIDE
from models.demo.semantic.vocabulary import END, LENGTH, PAD

PATCH: Final = 16
"""Pixels a side of a patch."""
WIDTH: Final = 128
"""Numbers in an embedding."""


def new_model(tokenizer: Tokenizer, seed: int) -> SiglipModel:
    """An untrained SiglipModel: 0.9 M parameters of vision, 0.4 M of text."""
    end = tokenizer.token_to_id(END)
    vision: dict[str, Any] = {
        "hidden_size": WIDTH,
        "intermediate_size": 384,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "image_size": SIDE,
        "patch_size": PATCH,
    }
    text: dict[str, Any] = {
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 128,
        "intermediate_size": 384,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "projection_size": WIDTH,
        "max_position_embeddings": LENGTH,
        "pad_token_id": tokenizer.token_to_id(PAD),
        "bos_token_id": end,
        "eos_token_id": end,
    }
    torch.manual_seed(seed)
    model = SiglipModel(SiglipConfig(vision_config=vision, text_config=text))
    torch.nn.init.constant_(model.logit_scale, math.log(16.0))
    torch.nn.init.constant_(model.logit_bias, -2.0)
    return model


def encode(tokenizer: Tokenizer, texts: tuple[str, ...]) -> torch.Tensor:
    """Token ids (texts, LENGTH), padded on the right."""
    ids = np.full((len(texts), LENGTH), tokenizer.token_to_id(PAD), np.int64)
    for row, text in zip(ids, texts, strict=True):
        tokens = tokenizer.encode(text).ids
        row[: len(tokens)] = tokens[:LENGTH]
    return torch.from_numpy(ids)
