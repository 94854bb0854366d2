"""The vision tower as an ONNX graph: opset 23, batch 1, one Attention node a layer, weights beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import onnx
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from torch import Tensor, nn

from models.errors import ModelsError
from models.quiet import quiet_export

MODEL_NAME = "image_encoder.onnx"
DATA_NAME = "image_encoder.onnx.data"
INPUT_NAME = "pixels"
OUTPUT_NAME = "embedding"
OPSET = 23


class PoolingHead(nn.Module):
    """transformers' attention-pooling head with its packed projections apart.

    `nn.MultiheadAttention` exports as MatMul and Softmax over split weights, which neither fuse nor quantise.
    """

    def __init__(self, head: Any) -> None:
        super().__init__()
        attention: nn.MultiheadAttention = head.attention
        self.heads = attention.num_heads
        self.probe: Tensor = head.probe  # (1, 1, width)
        self.query, self.key, self.value = (
            _linear(weight, bias)
            for weight, bias in zip(attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3), strict=True)
        )
        self.out: nn.Module = attention.out_proj
        self.norm: nn.Module = head.layernorm
        self.mlp: nn.Module = head.mlp

    def forward(self, hidden: Tensor) -> Tensor:
        """(1, patches, width) -> (1, width)."""
        query, key, value = (
            projection(source).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projection, source in ((self.query, self.probe), (self.key, hidden), (self.value, hidden))
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

    Raises ModelsError where the exporter did not give the graph described above.
    """
    config = tower.config
    path = directory / MODEL_NAME
    pixels = torch.zeros(1, 3, config.image_size, config.image_size)
    with torch.inference_mode(False), torch.no_grad(), quiet_export():
        program = torch.onnx.export(
            ImageEncoder(tower).eval(),
            (pixels,),
            dynamo=True,
            opset_version=OPSET,
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            verbose=False,
        )
        if program is None:
            raise AssertionError("torch.onnx.export with dynamo=True returns a program")
        program.save(path, external_data=True)
    del program
    clean_graph(path)
    _check_graph(path, config.num_hidden_layers + 1, (1, config.hidden_size))
    return path


def clean_graph(path: Path) -> None:
    """Take out what exporters note about the machine (source paths, stack traces), and settle what they leave open.

    Weights stay untouched in the file beside it.
    """
    model = onnx.load(path, load_external_data=False)
    for part in _annotated(model):
        del part.metadata_props[:]
        part.doc_string = ""
    model.producer_name, model.producer_version = "imajin", ""
    onnx.save(model, path)


def _annotated(model: Any) -> Iterator[Any]:
    graph = model.graph
    parts: tuple[Iterable[Any], ...] = (graph.node, graph.initializer, graph.value_info, graph.input, graph.output)
    yield model
    yield graph
    for part in parts:
        yield from part


def _check_graph(path: Path, attention_nodes: int, output_shape: tuple[int, ...]) -> None:
    model = onnx.load(path, load_external_data=False)
    counts = Counter(node.op_type for node in model.graph.node)
    opset = {entry.domain: entry.version for entry in model.opset_import}
    if opset.get("") != OPSET:
        raise ModelsError(f"the exporter wrote opset {opset.get('')}, wanted {OPSET}")
    if counts["Attention"] != attention_nodes or counts["Softmax"]:
        raise ModelsError(
            f"the exporter wrote {counts['Attention']} Attention and {counts['Softmax']} Softmax nodes, "
            f"wanted {attention_nodes} and none"
        )
    shape = tuple(dim.dim_value for dim in model.graph.output[0].type.tensor_type.shape.dim)
    if shape != output_shape:
        raise ModelsError(f"the exporter wrote an output of shape {shape}, wanted {output_shape}")


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], device="meta")
    layer.weight = nn.Parameter(weight, requires_grad=False)
    layer.bias = nn.Parameter(bias, requires_grad=False)
    return layer
