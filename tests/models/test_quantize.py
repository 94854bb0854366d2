from collections import Counter
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
import pytest
from onnx.numpy_helper import to_array

from models.quantize import quantize_encoder


def _int8_weights(path: Path) -> list[np.ndarray]:
    model = onnx.load(path)
    return [to_array(tensor) for tensor in model.graph.initializer if tensor.name.endswith("_quantized")]


def test_every_layer_is_quantised_by_channel(int8: Path) -> None:
    model = onnx.load(int8 / "image_encoder.onnx", load_external_data=False)
    counts = Counter(node.op_type for node in model.graph.node)
    # Per layer query, key, value, output and two of the MLP; of the head's, the query is a constant.
    assert counts["MatMulInteger"] == 3 * 6 + 5
    assert counts["MatMul"] == counts["Gemm"] == 0
    scales = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer if tensor.name.endswith("_scale")}
    weights = {
        tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer if tensor.name.endswith("_quantized")
    }
    assert {scales[name.replace("_quantized", "_scale")] for name in weights} == {(64,), (152,)}
    # Symmetric, so without zero points: what is left is the activations', made as they come.
    assert {len(node.input) for node in model.graph.node if node.op_type == "MatMulInteger"} == {3}
    assert not [tensor.name for tensor in model.graph.initializer if tensor.name.endswith("_zero_point")]


@pytest.mark.parametrize(("target", "largest"), [("portable", 64), ("x86_64", 64), ("arm64", 127)])
def test_range_is_reduced_where_products_could_saturate(
    fp32: Path, tmp_path: Path, target: Literal["portable", "x86_64", "arm64"], largest: int
) -> None:
    quantize_encoder(fp32 / "image_encoder.onnx", tmp_path / "image_encoder.onnx", target)
    weights = _int8_weights(tmp_path / "image_encoder.onnx")
    assert len(weights) == 23
    assert all(weight.dtype == np.int8 for weight in weights)
    assert max(np.abs(weight.astype(int)).max() for weight in weights) == largest


def test_the_artifact_for_any_cpu_has_the_reduced_range(int8: Path) -> None:
    assert max(np.abs(weight.astype(int)).max() for weight in _int8_weights(int8 / "image_encoder.onnx")) == 64


def test_nothing_is_left_beside_the_source(fp32: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in fp32.iterdir())
    quantize_encoder(fp32 / "image_encoder.onnx", tmp_path / "image_encoder.onnx", "arm64")
    assert sorted(path.name for path in fp32.iterdir()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image_encoder.onnx", "image_encoder.onnx.data"]
