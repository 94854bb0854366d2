"""The vision tower as an ONNX graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from functions.semantic.encoders import ENCODER_NAME
from models.graph import OUTPUT_NAME, export_graph

INPUT_NAME = "pixels"


class PoolingHead(nn.Module):
    """transformers' attention-pooling head with its packed projections apart.

    `nn.MultiheadAttention` exports as MatMul and Softmax over split weights, which neither fuse nor quantise.
    """

    def __init__(self, head: Any) -> None:
        super().__init__()
        attention: nn.MultiheadAttention = head.attention
        self.heads = attention.num_heads
        query, self.key, self.value = (
            _linear(weight, bias)
            for weight, bias in zip(attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3), strict=True)
        )
        # The query is the same for every picture: projected here, its weights are neither stored nor quantised.
        self.query = nn.Parameter(query(head.probe), requires_grad=False)  # (1, 1, width)
        self.out: nn.Module = attention.out_proj
        self.norm: nn.Module = head.layernorm
        self.mlp: nn.Module = head.mlp

    def forward(self, hidden: Tensor) -> Tensor:
        """(1, patches, width) -> (1, width)."""
        query, key, value = (
            projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projected in (self.query, self.key(hidden), self.value(hidden))
        )
        attended = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        pooled: Tensor = self.out(attended)
        pooled = pooled + self.mlp(self.norm(pooled))
        return pooled.squeeze(1)


class ImageEncoder(nn.Module):
    """transformers' SiglipVisionModel, arranged for export: constants folded in, one picture at a time."""

    def __init__(self, tower: Any) -> None:
        super().__init__()
        self.patches: nn.Module = tower.embeddings.patch_embedding
        self.positions = nn.Parameter(tower.embeddings.position_embedding.weight, requires_grad=False)
        self.layers: nn.Module = tower.encoder.layers
        self.norm: nn.Module = tower.post_layernorm
        self.head = PoolingHead(tower.head)

    def forward(self, pixels: Tensor) -> Tensor:
        """(1, 3, height, width), preprocessed -> (1, embedding), not normalised."""
        hidden = self.patches(pixels).flatten(2).transpose(1, 2) + self.positions
        for layer in self.layers.children():
            hidden = layer(hidden, attention_mask=None)
        pooled: Tensor = self.head(self.norm(hidden))
        return pooled


def export_image_encoder(tower: Any, directory: Path) -> Path:
    """Write the fp32 graph of a SiglipVisionModel and its weights into `directory`; the path of the graph.

    Raises ModelsError where the exporter gives another graph than `models.graph` describes.
    """
    config = tower.config
    path = directory / ENCODER_NAME
    export_graph(
        ImageEncoder(tower),
        path,
        inputs={INPUT_NAME: torch.zeros(1, 3, config.image_size, config.image_size)},
        output=(OUTPUT_NAME, (1, config.hidden_size)),
        attention_nodes=config.num_hidden_layers + 1,
    )
    return path


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(bias, requires_grad=False)
    return layer
