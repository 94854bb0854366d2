"""A module as an ONNX graph of several inputs: opset 23, batch 1, one Attention node where the model attends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from models.errors import ModelsError
from models.graph import OPSET, clean_graph
from models.quiet import quiet_export


def export_graph(
    module: nn.Module,
    path: Path,
    *,
    inputs: Mapping[str, Tensor],
    output: tuple[str, tuple[int, ...]],
    attention_nodes: int,
) -> None:
    """Write the fp32 graph of `module` to `path` and its weights beside it.

    `inputs` are examples by name, in the order of `forward`; `output` is a name and a shape. Raises ModelsError where
    the exporter did not give the graph described above.
    """
    name, shape = output
    with torch.inference_mode(False), torch.no_grad(), quiet_export():
        program = torch.onnx.export(
            module.eval(),
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
    _check(path, shape, attention_nodes)


def _check(path: Path, shape: tuple[int, ...], attention_nodes: int) -> None:
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
    found = tuple(dim.dim_value for dim in model.graph.output[0].type.tensor_type.shape.dim)
    if found != shape:
        raise ModelsError(f"the exporter wrote an output of shape {found}, wanted {shape}")
