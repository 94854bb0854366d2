"""Which products a graph is made of, from graphs made by hand."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.errors import BenchError
from bench.products import AttentionShape, Product, read_products
from bench.published import PUBLISHED
from models.semantic.layout import SHAPES


def write(path: Path, *, shapes: bool = True) -> Path:
    """Two products of one shape, a Gemm with transposed weights, one without constant weights, one Attention."""

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(np.zeros(shape, np.float32), name)

    def value(name: str, *shape: int) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["a"]),
        helper.make_node("MatMul", ["a", "w2"], ["b"]),
        helper.make_node("Gemm", ["row", "w3"], ["c"], transB=1),
        helper.make_node("MatMul", ["a", "b"], ["d"]),
        helper.make_node("Attention", ["q", "k", "k"], ["e"]),
    ]
    graph = helper.make_graph(
        nodes,
        "graph",
        [value("x", 1, 9, 8), value("row", 1, 8), value("q", 1, 2, 1, 4), value("k", 1, 2, 9, 4)],
        [value("c", 1, 5)],
        [weights("w1", 8, 8), weights("w2", 8, 8), weights("w3", 5, 8)],
        value_info=[value("a", 1, 9, 8), value("b", 1, 9, 8)] if shapes else [],
    )
    onnx.save(helper.make_model(graph), path)
    return path


def test_products_by_shape(tmp_path: Path) -> None:
    products, attentions = read_products(write(tmp_path / "graph.onnx"))
    assert products == {Product(9, 8, 8): 2, Product(1, 8, 5): 1}
    assert attentions == {AttentionShape(heads=2, queries=1, keys=9, width=4): 1}
    assert Product(9, 8, 8).operations == 2 * 9 * 8 * 8


def test_a_graph_that_does_not_say_its_shapes(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="what shape a has"):
        read_products(write(tmp_path / "graph.onnx", shapes=False))


def test_a_graph_without_products(tmp_path: Path) -> None:
    onnx.save(helper.make_model(helper.make_graph([], "empty", [], [])), tmp_path / "graph.onnx")
    with pytest.raises(BenchError, match="no matrix product"):
        read_products(tmp_path / "graph.onnx")


def test_every_published_model_can_be_made() -> None:
    assert {entry.shape for entry in PUBLISHED} == SHAPES.keys()
