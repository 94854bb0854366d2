"""The text tower as an ONNX graph over token embeddings, and its token table as a file of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from functions.semantic.text_encoder import TABLE_NAME, TEXT_ENCODER_NAME
from models.errors import CheckpointError
from models.graph import OUTPUT_NAME, export_graph

INPUT_NAME = "tokens"
_ROWS = 8192


class TextEncoder(nn.Module):
    """transformers' SiglipTextModel behind its token table, arranged for export: no mask, one text at a time."""

    def __init__(self, tower: Any) -> None:
        super().__init__()
        self.positions = nn.Parameter(tower.embeddings.position_embedding.weight, requires_grad=False)
        self.layers: nn.Module = tower.encoder.layers
        self.norm: nn.Module = tower.final_layer_norm
        self.head: nn.Module = tower.head

    def forward(self, tokens: Tensor) -> Tensor:
        """Token embeddings (1, length, width) -> (1, embedding), not normalised."""
        hidden = tokens + self.positions
        for layer in self.layers.children():
            hidden = layer(hidden, attention_mask=None)
        # The model was trained to pool the last position, which is padding more often than not.
        # Kept as a sequence of length one, so that the head is exported as a MatMul, which the quantiser looks for.
        embedding: Tensor = self.head(self.norm(hidden[:, -1:]))
        return embedding.squeeze(1)


def export_text_encoder(tower: Any, directory: Path) -> Path:
    """Write the fp32 graph of a SiglipTextModel and its weights into `directory`; the path of the graph.

    Raises ModelsError where the exporter gives another graph than `models.graph` describes.
    """
    config = tower.config
    path = directory / TEXT_ENCODER_NAME
    export_graph(
        TextEncoder(tower),
        path,
        inputs={INPUT_NAME: torch.zeros(1, config.max_position_embeddings, config.hidden_size)},
        output=(OUTPUT_NAME, (1, config.projection_size)),
        attention_nodes=config.num_hidden_layers,
    )
    return path


def write_token_table(tower: Any, directory: Path) -> None:
    """Write the token table (vocabulary, width) as float16, laid out to be mapped into memory.

    Raises CheckpointError for a weight too large for float16.
    """
    weights: Tensor = tower.embeddings.token_embedding.weight
    table = np.lib.format.open_memmap(
        directory / TABLE_NAME, mode="w+", dtype=np.float16, shape=(weights.shape[0], weights.shape[1])
    )
    # Some rows at a time: neither the whole of the weights nor of the file has to be resident.
    for start in range(0, len(table), _ROWS):
        rows = weights[start : start + _ROWS].to(torch.float16)
        if not torch.isfinite(rows).all():
            raise CheckpointError("the text tower has token embeddings that float16 cannot hold")
        table[start : start + _ROWS] = rows.numpy()
    table.flush()
