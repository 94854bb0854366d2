"""ImageReward in torch, as the torch artifact stores it: BLIP's two towers, and the head as one affine map."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from functions.common.gpu.layers import Block, Mlp, Patches, attend
from functions.common.gpu.weights import Positive, TowerSizes


class VisionSizes(TowerSizes):
    """Of the vision tower."""

    patch: Positive
    tokens: Annotated[int, Field(ge=2)]
    """One for the whole picture, and one a patch."""


class TextSizes(TowerSizes):
    """Of the text tower."""

    vocabulary: Positive
    length: Positive
    """Tokens of a prompt; of the checkpoint's positions no more are used."""
    image_width: Positive


class VisionTower(nn.Module):
    """A picture to its image tokens."""

    def __init__(self, sizes: VisionSizes) -> None:
        super().__init__()
        width = sizes.width
        self.patches = Patches(width, sizes.patch)
        self.whole = nn.Embedding(1, width)
        self.positions = nn.Embedding(sizes.tokens, width)
        self.blocks = nn.ModuleList(
            Block(width, sizes.inner, sizes.heads, sizes.epsilon, "gelu") for _ in range(sizes.layers)
        )
        self.norm = nn.LayerNorm(width, sizes.epsilon)

    def forward(self, pixels: Tensor) -> Tensor:
        """(batch, 3, size, size), preprocessed -> (batch, tokens, width)."""
        patches = self.patches(pixels)
        hidden = torch.cat([self.whole.weight.expand(len(patches), 1, -1), patches], dim=1) + self.positions.weight
        for block in self.blocks:
            hidden = block(hidden)
        tokens: Tensor = self.norm(hidden)
        return tokens


class RewardTower(nn.Module):
    """Image tokens and prompts to rewards, read off [CLS]."""

    full_precision = ("head",)
    """A product with few numbers that decides: it stays in fp32."""

    def __init__(self, sizes: TextSizes) -> None:
        super().__init__()
        self.words = nn.Embedding(sizes.vocabulary, sizes.width)
        self.positions = nn.Embedding(sizes.length, sizes.width)
        self.norm = nn.LayerNorm(sizes.width, sizes.epsilon)
        self.layers = nn.ModuleList(_TextLayer(sizes) for _ in range(sizes.layers))
        self.head = nn.Linear(sizes.width, 1)

    def forward(self, tokens: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Image tokens (batch, tokens, width), token ids and mask (batch, length) -> rewards (batch,) in fp32."""
        hidden = self.norm(self.words(ids) + self.positions.weight)
        read = mask.bool()[:, None, None]
        for layer in self.layers:
            hidden = layer(hidden, tokens, read)
        reward: Tensor = self.head(hidden[:, 0].float())
        return reward.squeeze(-1)


class _TextLayer(nn.Module):
    """A layer of BERT with cross-attention; it normalises after each sum."""

    def __init__(self, sizes: TextSizes) -> None:
        super().__init__()
        width, epsilon = sizes.width, sizes.epsilon
        self.heads = sizes.heads
        self.qkv = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, epsilon)
        self.cross_query = nn.Linear(width, width)
        self.cross_keys = nn.Linear(sizes.image_width, 2 * width)
        self.cross_joined = nn.Linear(width, width)
        self.cross_norm = nn.LayerNorm(width, epsilon)
        self.mlp = Mlp(width, sizes.inner, "gelu")
        self.mlp_norm = nn.LayerNorm(width, epsilon)

    def forward(self, hidden: Tensor, tokens: Tensor, read: Tensor) -> Tensor:
        """(batch, length, width), image tokens, and what of the prompt is no padding (batch, 1, 1, length)."""
        query, key, value = self.qkv(hidden).chunk(3, dim=-1)
        hidden = self.norm(hidden + self.joined(attend(query, key, value, self.heads, read)))
        key, value = self.cross_keys(tokens).chunk(2, dim=-1)
        attended = attend(self.cross_query(hidden), key, value, self.heads)
        hidden = self.cross_norm(hidden + self.cross_joined(attended))
        result: Tensor = self.mlp_norm(hidden + self.mlp(hidden))
        return result
