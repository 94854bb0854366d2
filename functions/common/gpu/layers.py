"""What the towers of both torch engines are built of: attention, and the block of a pre-norm transformer.

torch is imported in packages named gpu alone; no image for Lambda holds them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

Activation: TypeAlias = Literal["gelu", "gelu_pytorch_tanh"]
"""By transformers' names: the exact one, and its approximation by tanh."""


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int, mask: Tensor | None = None) -> Tensor:
    """Attention over (batch, length, width), joined again to (batch, length, width).

    `mask` (batch, 1, 1, length) is True for what may be looked at. The kernel is torch's choice by device and dtype.
    """
    query, key, value = (part.view(*part.shape[:2], heads, -1).transpose(1, 2) for part in (query, key, value))
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).flatten(2)


def activate(hidden: Tensor, activation: Activation) -> Tensor:
    """The activation between the two layers of an MLP."""
    return F.gelu(hidden, approximate="tanh" if activation == "gelu_pytorch_tanh" else "none")


class Mlp(nn.Module):
    """Two layers with an activation between them."""

    def __init__(self, width: int, inner: int, activation: Activation) -> None:
        super().__init__()
        self.activation: Activation = activation
        self.first = nn.Linear(width, inner)
        self.second = nn.Linear(inner, width)

    def forward(self, hidden: Tensor) -> Tensor:
        """(..., width) -> (..., width)."""
        result: Tensor = self.second(activate(self.first(hidden), self.activation))
        return result


class Block(nn.Module):
    """Normalise, attend, add; normalise, MLP, add. Queries, keys and values are one product."""

    def __init__(self, width: int, inner: int, heads: int, epsilon: float, activation: Activation) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width, epsilon)
        self.qkv = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width, epsilon)
        self.mlp = Mlp(width, inner, activation)

    def forward(self, hidden: Tensor) -> Tensor:
        """(batch, length, width) -> the same."""
        query, key, value = self.qkv(self.attention_norm(hidden)).chunk(3, dim=-1)
        hidden = hidden + self.joined(attend(query, key, value, self.heads))
        result: Tensor = hidden + self.mlp(self.mlp_norm(hidden))
        return result


class Patches(nn.Module):
    """A picture's patches, each projected: the convolution of a vision transformer as the one product it is."""

    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.patch = patch
        self.projection = nn.Linear(3 * patch * patch, width)

    def forward(self, pixels: Tensor) -> Tensor:
        """(batch, 3, height, width) -> (batch, patches, width), row by row; a rest at the edges is left out."""
        size = self.patch
        rows, columns = pixels.shape[-2] // size, pixels.shape[-1] // size
        cut = pixels[..., : rows * size, : columns * size].reshape(-1, 3, rows, size, columns, size)
        flat = cut.permute(0, 2, 4, 1, 3, 5).reshape(-1, rows * columns, 3 * size * size)
        result: Tensor = self.projection(flat)
        return result
