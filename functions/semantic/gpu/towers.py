"""SigLIP's two towers in torch, as the torch artifact stores them."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from functions.common.gpu.layers import Activation, Block, Mlp, Patches, attend
from functions.common.gpu.weights import Positive, TowerSizes


class SiglipSizes(TowerSizes):
    """What either tower is made of."""

    activation: Activation
    length: Positive
    """Patches of a picture, or tokens of a text."""


class VisionSizes(SiglipSizes):
    """Of the vision tower."""

    patch: Positive


class TextSizes(SiglipSizes):
    """Of the text tower."""

    vocabulary: Positive
    embedding: Positive


class VisionTower(nn.Module):
    """Pixels to image embeddings: a vision transformer, and a learned query that attends to its patches."""

    def __init__(self, sizes: VisionSizes) -> None:
        super().__init__()
        width, epsilon = sizes.width, sizes.epsilon
        self.heads = sizes.heads
        self.patches = Patches(width, sizes.patch)
        self.positions = nn.Embedding(sizes.length, width)
        self.blocks = nn.ModuleList(
            Block(width, sizes.inner, sizes.heads, epsilon, sizes.activation) for _ in range(sizes.layers)
        )
        self.norm = nn.LayerNorm(width, epsilon)
        self.probe = nn.Embedding(1, width)
        self.pool_query = nn.Linear(width, width)
        self.pool_keys = nn.Linear(width, 2 * width)
        self.pool_joined = nn.Linear(width, width)
        self.pool_norm = nn.LayerNorm(width, epsilon)
        self.pool_mlp = Mlp(width, sizes.inner, sizes.activation)

    def forward(self, pixels: Tensor) -> Tensor:
        """(batch, 3, height, width), preprocessed -> (batch, embedding), not normalised."""
        hidden = self.patches(pixels) + self.positions.weight
        for block in self.blocks:
            hidden = block(hidden)
        hidden = self.norm(hidden)
        query = self.pool_query(self.probe.weight).expand(len(hidden), 1, -1)
        key, value = self.pool_keys(hidden).chunk(2, dim=-1)
        pooled = self.pool_joined(attend(query, key, value, self.heads))
        embedding: Tensor = pooled + self.pool_mlp(self.pool_norm(pooled))
        return embedding.squeeze(1)


class TextTower(nn.Module):
    """Token ids to text embeddings. No mask: padding is part of what the model was trained to read."""

    def __init__(self, sizes: TextSizes) -> None:
        super().__init__()
        self.tokens = nn.Embedding(sizes.vocabulary, sizes.width)
        self.positions = nn.Embedding(sizes.length, sizes.width)
        self.blocks = nn.ModuleList(
            Block(sizes.width, sizes.inner, sizes.heads, sizes.epsilon, sizes.activation) for _ in range(sizes.layers)
        )
        self.norm = nn.LayerNorm(sizes.width, sizes.epsilon)
        self.head = nn.Linear(sizes.width, sizes.embedding)

    def forward(self, ids: Tensor) -> Tensor:
        """Token ids (batch, length) -> (batch, embedding), not normalised."""
        hidden = F.embedding(ids, self.tokens.weight) + self.positions.weight
        for block in self.blocks:
            hidden = block(hidden)
        # The last position, which is padding more often than not.
        embedding: Tensor = self.head(self.norm(hidden[:, -1]))
        return embedding
