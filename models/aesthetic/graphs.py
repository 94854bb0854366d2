"""The model as two ONNX graphs: a picture to image tokens, and those with a prompt to its reward."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from functions.aesthetic.reward_model import IMAGE_GRAPH_NAME, REWARD_GRAPH_NAME
from models.aesthetic.layout import PROMPT_LENGTH
from models.aesthetic.reward_model import RewardModel, fold_head
from models.graph import export_graph

_MASKED = -10_000.0
"""Added to the attention of padding, as the package does: its exponential is 0 in float32."""


class ImageTokens(nn.Module):
    """transformers' BlipVisionModel, arranged for export: constants folded in, one picture at a time."""

    def __init__(self, model: RewardModel) -> None:
        super().__init__()
        tower: Any = model.vision
        embeddings = tower.embeddings
        self.patches: nn.Module = embeddings.patch_embedding
        position = embeddings.position_embedding
        self.first = nn.Parameter(embeddings.class_embedding + position[:, :1], requires_grad=False)
        self.positions = nn.Parameter(position[:, 1:].clone(), requires_grad=False)
        self.layers: Any = tower.encoder.layers
        self.norm: nn.Module = tower.post_layernorm
        self.heads: int = tower.config.num_attention_heads

    def forward(self, pixels: Tensor) -> Tensor:
        """(1, 3, height, width), preprocessed -> (1, tokens, width)."""
        patches = self.patches(pixels).flatten(2).transpose(1, 2) + self.positions
        hidden = torch.cat([self.first, patches], dim=1)
        for layer in self.layers:
            hidden = hidden + self._attention(layer.self_attn, layer.layer_norm1(hidden))
            hidden = hidden + layer.mlp(layer.layer_norm2(hidden))
        tokens: Tensor = self.norm(hidden)
        return tokens

    def _attention(self, attention: Any, hidden: Tensor) -> Tensor:
        # transformers multiplies and normalises step by step, which no exporter makes one Attention of.
        query, key, value = (_heads(part, self.heads) for part in attention.qkv(hidden).chunk(3, dim=-1))
        attended = F.scaled_dot_product_attention(query, key, value)
        projected: Tensor = attention.projection(_joined(attended))
        return projected


class Reward(nn.Module):
    """transformers' BlipTextModel behind its token table, and the head as one affine map: one prompt at a time."""

    def __init__(self, model: RewardModel) -> None:
        super().__init__()
        tower: Any = model.text
        positions = tower.embeddings.position_embeddings.weight[:PROMPT_LENGTH]
        self.positions = nn.Parameter(positions.clone(), requires_grad=False)
        self.norm: nn.Module = tower.embeddings.LayerNorm
        self.layers: Any = tower.encoder.layer
        self.heads: int = tower.config.num_attention_heads
        folded = fold_head(model.head)
        self.weight = nn.Parameter(folded.weight.float(), requires_grad=False)
        self.bias = folded.bias

    def forward(self, words: Tensor, mask: Tensor, tokens: Tensor) -> Tensor:
        """Rows of the token table (1, length, width), their mask (1, length) and image tokens -> rewards (1,)."""
        hidden = self.norm(words + self.positions)
        padding = ((1.0 - mask) * _MASKED)[:, None, None].expand(1, 1, PROMPT_LENGTH, PROMPT_LENGTH)
        for layer in self.layers:
            hidden = self._attention(layer.attention, hidden, hidden, padding)
            hidden = self._attention(layer.crossattention, hidden, tokens, None)
            hidden = layer.output(layer.intermediate(hidden), hidden)
        # A product and a sum, no matrix product: those are quantised, and this one decides.
        reward: Tensor = (hidden[:, 0] * self.weight).sum(-1) + self.bias
        return reward

    def _attention(self, attention: Any, hidden: Tensor, source: Tensor, padding: Tensor | None) -> Tensor:
        layer = attention.self
        query = _heads(layer.query(hidden), self.heads)
        key, value = (_heads(part(source), self.heads) for part in (layer.key, layer.value))
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=padding)
        result: Tensor = attention.output(_joined(attended), hidden)
        return result


def export_image_graph(model: RewardModel, directory: Path) -> Path:
    """Write the fp32 graph of the image encoder and its weights into `directory`; the path of the graph."""
    vision = model.sizes.vision
    path = directory / IMAGE_GRAPH_NAME
    export_graph(
        ImageTokens(model),
        path,
        inputs={"pixels": torch.zeros(1, 3, vision.image, vision.image)},
        output=("tokens", (1, vision.tokens, vision.width)),
        attention_nodes=vision.layers,
    )
    return path


def export_reward_graph(model: RewardModel, directory: Path) -> Path:
    """Write the fp32 graph of text encoder and head and its weights into `directory`; the path of the graph.

    The token table is not in it, and is written by `write_token_table`: only the rows a prompt uses are read.
    """
    vision, text = model.sizes.vision, model.sizes.text
    path = directory / REWARD_GRAPH_NAME
    export_graph(
        Reward(model),
        path,
        inputs={
            "words": torch.zeros(1, PROMPT_LENGTH, text.width),
            "mask": torch.ones(1, PROMPT_LENGTH),
            "tokens": torch.zeros(1, vision.tokens, vision.width),
        },
        output=("reward", (1,)),
        attention_nodes=2 * text.layers,
    )
    return path


def write_token_table(model: RewardModel, path: Path) -> None:
    """The rows that the reward graph is given of a prompt's words: (vocabulary, width).

    In fp32, as half precision would move rewards by more than the graphs may be off; it is mapped, not read.
    """
    text: Any = model.text
    np.save(path, text.embeddings.word_embeddings.weight.numpy(), allow_pickle=False)


def _heads(hidden: Tensor, heads: int) -> Tensor:
    """(1, length, width) -> (1, heads, length, width / heads)."""
    return hidden.view(*hidden.shape[:-1], heads, -1).transpose(1, 2)


def _joined(hidden: Tensor) -> Tensor:
    """(1, heads, length, width / heads) -> (1, length, width)."""
    return hidden.transpose(1, 2).flatten(2)
