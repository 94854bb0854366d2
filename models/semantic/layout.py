"""A SigLIP checkpoint as it is published: the names of its files, and the sizes of the models. No torch."""

from __future__ import annotations

from dataclasses import dataclass

CONFIG = "config.json"
PREPROCESSOR = "preprocessor_config.json"
PROCESSOR = "processor_config.json"
"""What transformers 5 saves in place of the former, which it then holds under `image_processor`."""
TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
SPECIAL_TOKENS = "special_tokens_map.json"
WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"
FILES = (CONFIG, PREPROCESSOR, PROCESSOR, SPECIAL_TOKENS, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS, WEIGHTS_INDEX)
"""All of them; the shards that an index names have names of their own."""

DEFAULT_TEMPERATURE = 1.0
"""T of the contrast profile where neither the checkpoint nor the caller gives one.

A starting value, not a measured one: no published weights were at hand to fit it on. 1 leaves the logits in the unit
the model was trained in, where the sigmoid of a difference of two logits is the softmax between the two descriptions.
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the two towers, which share width and depth in the published FixRes checkpoints."""

    width: int
    layers: int
    heads: int
    mlp: int
    image: int
    patch: int
    vocabulary: int = 256_000


SHAPES = {
    "base-patch16-256": Shape(width=768, layers=12, heads=12, mlp=3072, image=256, patch=16),
    "large-patch16-256": Shape(width=1024, layers=24, heads=16, mlp=4096, image=256, patch=16),
    "so400m-patch16-256": Shape(width=1152, layers=27, heads=16, mlp=4304, image=256, patch=16),
    "so400m-patch14-384": Shape(width=1152, layers=27, heads=16, mlp=4304, image=384, patch=14),
}
"""By the published names, from the `config.json` of google/siglip2-*."""
