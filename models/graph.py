"""Towers as ONNX graphs: opset 23, batch 1, one Attention node a layer, weights in the one file beside the graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from onnx.external_data_helper import load_external_data_for_tensor
from torch import Tensor, nn

from models.errors import ModelsError
from models.quiet import quiet_export

OUTPUT_NAME = "embedding"
"""Of the graphs that end in one."""
OPSET = 23


def export_graph(
    encoder: nn.Module,
    path: Path,
    *,
    inputs: Mapping[str, Tensor],
    output: tuple[str, tuple[int, ...]],
    attention_nodes: int,
) -> None:
    """Write the fp32 graph of `encoder` to `path` and its weights beside it.

    `inputs` are examples by name, in the order of `forward`; `output` is a name and a shape. Raises ModelsError where
    the exporter did not give the graph described above.
    """
    name, shape = output
    with torch.inference_mode(False), torch.no_grad(), quiet_export():
        program = torch.onnx.export(
            encoder.eval(),
            tuple(inputs.values()),
            dynamo=True,
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=[name],
            verbose=False,
        )
        if program is None:
            raise AssertionError("torch.onnx.export with dynamo=True returns a program")
        program.save(path, external_data=True)
    del program
    clean_graph(path)
    _check_graph(path, attention_nodes, shape)


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


def load_tensor(tensor: Any, folder: Path) -> NDArray[Any]:
    """The values of an initializer of a graph in `folder`, wherever they are; the initializer stays as it is."""
    copy = onnx.TensorProto()
    copy.CopyFrom(tensor)
    if copy.external_data:
        load_external_data_for_tensor(copy, str(folder))
    return numpy_helper.to_array(copy)


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
        raise ModelsError(f"the exporter wrote opset {opset.get('')}, expected {OPSET}")
    if counts["Attention"] != attention_nodes or counts["Softmax"]:
        raise ModelsError(
            f"the exporter wrote {counts['Attention']} Attention and {counts['Softmax']} Softmax nodes, "
            f"expected {attention_nodes} and none"
        )
    shape = tuple(dim.dim_value for dim in model.graph.output[0].type.tensor_type.shape.dim)
    if shape != output_shape:
        raise ModelsError(f"the exporter wrote an output of shape {shape}, expected {output_shape}")
