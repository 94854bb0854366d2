"""A checkpoint in the published layout whose weights come from a frozen generator, for comparisons with the package.

Only NumPy, and of it only `RandomState`, whose stream never changes: the reference environment and the tests, years and
versions apart, get the same bits. Rewards of such weights mean nothing.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.aesthetic.layout import TextSizes

_DIGEST_VALUES = 1024

# Standard deviations, in units of 1/sqrt(inputs) for matrices. Attention is made sharp enough to tell heads and masks
# apart, embeddings small enough for the epsilon of a layer norm to show, words as loud as pictures, and the head steep
# enough for rewards to spread by about as much as those of the published weights.
_MATRIX = 1.0
_ATTENTION = 1.5
_SELF_VALUE = 3.0
_CROSS_VALUE = 0.3
_PATCH = 0.1
_EMBEDDING = 0.05
_HEAD = 1.25
_BIAS = 0.05
_NORM = 0.2


def generate(name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """The tensor of the published file with this name: float32, but for the position ids, which are no weights."""
    return _values(name, shape, math.prod(shape)).reshape(shape)


def digest(shapes: dict[str, tuple[int, ...]]) -> str:
    """Identifies the generator: over names, shapes and the first values of every tensor."""
    hasher = hashlib.sha256()
    for name, shape in sorted(shapes.items()):
        hasher.update(f"{name} {shape}\n".encode())
        hasher.update(_values(name, shape, min(math.prod(shape), _DIGEST_VALUES)).tobytes())
    return hasher.hexdigest()


def _values(name: str, shape: tuple[int, ...], count: int) -> NDArray[Any]:
    """The first `count` values of a tensor: uniform 16-bit integers times one factor, so nothing two machines could
    round apart.
    """
    if name.endswith("position_ids"):
        return np.arange(count, dtype=np.int64)
    state = np.random.RandomState(zlib.crc32(name.encode()))
    values: NDArray[np.float32] = np.frombuffer(state.bytes(2 * count), dtype="<i2").astype(np.float32)
    deviation, mean = _distribution(name, shape)
    values *= np.float32(deviation * math.sqrt(3) / 2**15)
    values += np.float32(mean)
    return values


def _distribution(name: str, shape: tuple[int, ...]) -> tuple[float, float]:
    """Standard deviation and mean."""
    if ".norm" in name or "LayerNorm" in name:
        return (_NORM, 1.0) if name.endswith("weight") else (_BIAS, 0.0)
    if name.endswith("bias"):
        return _BIAS, 0.0
    if "embeddings" in name or name.endswith(("cls_token", "pos_embed")):
        return _EMBEDDING, 0.0
    inputs = math.prod(shape[1:])
    if "patch_embed" in name:
        gain = _PATCH
    elif name.startswith("mlp."):
        gain = _HEAD
    elif name.endswith(("qkv.weight", "query.weight", "key.weight")):
        gain = _ATTENTION
    elif name.endswith(".attention.self.value.weight"):
        gain = _SELF_VALUE
    elif name.endswith("crossattention.self.value.weight"):
        gain = _CROSS_VALUE
    else:
        gain = _MATRIX
    return gain / math.sqrt(inputs), 0.0


def text_config(sizes: TextSizes) -> dict[str, Any]:
    """`med_config.json` in the published form, whose `encoder_width` the package overwrites by the image encoder's."""
    return {
        "architectures": ["BertModel"],
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "hidden_size": sizes.width,
        "initializer_range": 0.02,
        "intermediate_size": sizes.mlp,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": sizes.positions,
        "model_type": "bert",
        "num_attention_heads": sizes.heads,
        "num_hidden_layers": sizes.layers,
        "pad_token_id": 0,
        "type_vocab_size": 2,
        "vocab_size": sizes.vocabulary,
        "encoder_width": 768,
        "add_cross_attention": True,
    }
