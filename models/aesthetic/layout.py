"""`ImageReward.pt` as it is published: sizes, and the name and shape of every tensor. NumPy's shapes only, no torch."""

from __future__ import annotations

from dataclasses import dataclass

WEIGHTS = "ImageReward.pt"
TEXT_CONFIG = "med_config.json"
VOCABULARY = "vocab.txt"
VOCABULARY_REPO = "google-bert/bert-base-uncased"
"""Where the package takes the vocabulary from; the checkpoint's own repository has none."""

SHAPE = "image-reward"
"""The published sizes' name, for whoever asks for random weights of them."""
PROMPT_LENGTH = 35
"""Tokens in a prompt, [CLS], [SEP] and padding included; the package cuts off the rest."""
REWARD_MEAN = 0.16717362830052426
REWARD_STD = 1.0333394966054072
"""Constants of the package: reward = (output of the head - mean) / std."""
PIXEL_MEAN = (0.48145466, 0.4578275, 0.40821073)
PIXEL_STD = (0.26862954, 0.26130258, 0.27577711)
"""CLIP's, constants of the package, too."""
ADDED_TOKENS = ("[DEC]", "[ENC]")
"""The tokens after the vocabulary's own, of which the reward uses neither."""
ATTENTION_HEAD_WIDTH = 64
"""Of the image encoder: no file says how many heads it has, and every ViT of BLIP has them this wide."""


@dataclass(frozen=True, slots=True)
class VisionSizes:
    """Of the image encoder, a ViT; BLIP's large one by default."""

    width: int = 1024
    layers: int = 24
    mlp: int = 4096
    image: int = 224
    patch: int = 16

    @property
    def heads(self) -> int:
        """Attention heads."""
        return self.width // ATTENTION_HEAD_WIDTH

    @property
    def tokens(self) -> int:
        """One for the whole picture and one a patch."""
        return (self.image // self.patch) ** 2 + 1


@dataclass(frozen=True, slots=True)
class TextSizes:
    """Of the text encoder, a BERT with cross-attention; the base one by default."""

    width: int = 768
    layers: int = 12
    heads: int = 12
    mlp: int = 3072
    positions: int = 512
    vocabulary: int = 30_524


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the whole model; `head` are the outputs of the reward head's layers, `projection` of two layers never used."""

    vision: VisionSizes = VisionSizes()
    text: TextSizes = TextSizes()
    head: tuple[int, ...] = (1024, 128, 64, 16, 1)
    projection: int = 256


HEAD_LAYERS = (0, 2, 4, 6, 7)
"""Numbers of the linear layers in the head; those between are dropout."""
IGNORED = (
    "blip.text_encoder.embeddings.position_ids",
    *(f"blip.{side}_proj.{part}" for side in ("vision", "text") for part in ("weight", "bias")),
)
"""In the published file, and no part of the reward."""


def published_shapes(sizes: Sizes = Sizes()) -> dict[str, tuple[int, ...]]:
    """Every tensor of the published file by name: 625 of them at the published depth."""
    return {
        **_vision_shapes(sizes.vision),
        **_text_shapes(sizes.text, sizes.vision.width),
        **_linear("blip.vision_proj", sizes.vision.width, sizes.projection),
        **_linear("blip.text_proj", sizes.text.width, sizes.projection),
        **_head_shapes(sizes),
    }


def _vision_shapes(sizes: VisionSizes) -> dict[str, tuple[int, ...]]:
    prefix, width = "blip.visual_encoder", sizes.width
    shapes: dict[str, tuple[int, ...]] = {
        f"{prefix}.cls_token": (1, 1, width),
        f"{prefix}.pos_embed": (1, sizes.tokens, width),
        f"{prefix}.patch_embed.proj.weight": (width, 3, sizes.patch, sizes.patch),
        f"{prefix}.patch_embed.proj.bias": (width,),
    }
    for block in (f"{prefix}.blocks.{number}" for number in range(sizes.layers)):
        shapes |= _norm(f"{block}.norm1", width)
        shapes |= _linear(f"{block}.attn.qkv", width, 3 * width)
        shapes |= _linear(f"{block}.attn.proj", width, width)
        shapes |= _norm(f"{block}.norm2", width)
        shapes |= _linear(f"{block}.mlp.fc1", width, sizes.mlp)
        shapes |= _linear(f"{block}.mlp.fc2", sizes.mlp, width)
    return shapes | _norm(f"{prefix}.norm", width)


def _text_shapes(sizes: TextSizes, image_width: int) -> dict[str, tuple[int, ...]]:
    prefix, width = "blip.text_encoder", sizes.width
    shapes: dict[str, tuple[int, ...]] = {
        f"{prefix}.embeddings.position_ids": (1, sizes.positions),
        f"{prefix}.embeddings.word_embeddings.weight": (sizes.vocabulary, width),
        f"{prefix}.embeddings.position_embeddings.weight": (sizes.positions, width),
        **_norm(f"{prefix}.embeddings.LayerNorm", width),
    }
    for layer in (f"{prefix}.encoder.layer.{number}" for number in range(sizes.layers)):
        for attention, source in (("attention", width), ("crossattention", image_width)):
            shapes |= _linear(f"{layer}.{attention}.self.query", width, width)
            shapes |= _linear(f"{layer}.{attention}.self.key", source, width)
            shapes |= _linear(f"{layer}.{attention}.self.value", source, width)
            shapes |= _linear(f"{layer}.{attention}.output.dense", width, width)
            shapes |= _norm(f"{layer}.{attention}.output.LayerNorm", width)
        shapes |= _linear(f"{layer}.intermediate.dense", width, sizes.mlp)
        shapes |= _linear(f"{layer}.output.dense", sizes.mlp, width)
        shapes |= _norm(f"{layer}.output.LayerNorm", width)
    return shapes


def _head_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    width = sizes.text.width
    for number, output in zip(HEAD_LAYERS, sizes.head, strict=True):
        shapes |= _linear(f"mlp.layers.{number}", width, output)
        width = output
    return shapes


def _linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}
