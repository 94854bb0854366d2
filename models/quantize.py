"""Dynamic int8: weights per output channel, activations per tensor at run time."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.graph import clean_graph, load_tensor

Target = Literal["portable", "arm64", "x86_64"]


def reduces_range(target: Target) -> bool:
    """Whether weights are held to -64..64.

    Without VNNI, u8 x s8 products of the full range saturate on x86, and the same graph answers differently from one
    CPU to the next. The dot product of arm64 does not saturate.
    """
    return target != "arm64"


def quantize_encoder(source: Path, destination: Path, target: Target) -> None:
    """Write the int8 form of the fp32 graph at `source` to `destination`, weights in one file beside it."""
    model = onnx.load(source, load_external_data=False)
    # Shapes are inferred by the quantiser itself; the mark keeps it from advising a step that opset 23 cannot take.
    model.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    marked = source.with_name(f"marked-{source.name}")
    onnx.save(model, marked)
    try:
        quantize_dynamic(
            marked,
            destination,
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            reduce_range=reduces_range(target),
            weight_type=QuantType.QInt8,
            use_external_data_format=True,
        )
    finally:
        marked.unlink()
    _drop_zero_points(destination)
    clean_graph(destination)


def _drop_zero_points(path: Path) -> None:
    """Take out the weights' zero points, one a channel and all zero, which is what leaving them out means.

    Raises AssertionError where one is not.
    """
    model = onnx.load(path, load_external_data=False)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type == "MatMulInteger"]
    for name in {node.input[3] for node in products}:
        if load_tensor(tensors[name], path.parent).any():
            raise AssertionError(f"{name}: weights are quantised symmetrically")
    for node in products:
        del node.input[3]
    read = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in tensors.values() if tensor.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, path)
