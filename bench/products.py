"""The matrix products in a graph, by shape."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx

from bench.errors import BenchError


@dataclass(frozen=True, slots=True)
class Product:
    """(rows, inner) x (inner, columns)."""

    rows: int
    inner: int
    columns: int

    @property
    def operations(self) -> int:
        """Multiplications and additions."""
        return 2 * self.rows * self.inner * self.columns


@dataclass(frozen=True, slots=True)
class AttentionShape:
    """softmax(Q K^T) V over (1, heads, queries or keys, width)."""

    heads: int
    queries: int
    keys: int
    width: int


def read_products(path: Path) -> tuple[Counter[Product], Counter[AttentionShape]]:
    """How often each shape of MatMul or Gemm with constant weights occurs in the fp32 graph, and each of Attention.

    Raises BenchError where a shape is not written in the graph.
    """
    graph = onnx.load(path, load_external_data=False).graph
    constant = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    written = constant | {
        value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        for value in (*graph.value_info, *graph.input)
    }
    products: Counter[Product] = Counter()
    attentions: Counter[AttentionShape] = Counter()
    for node in graph.node:
        if node.op_type in {"MatMul", "Gemm"} and node.input[1] in constant:
            products[_product(node, _dims(node, 0, written), constant[node.input[1]])] += 1
        elif node.op_type == "Attention":
            (_, heads, queries, width), (_, _, keys, _) = _dims(node, 0, written), _dims(node, 1, written)
            attentions[AttentionShape(heads, queries, keys, width)] += 1
    if not products:
        raise BenchError(f"{path}: holds no matrix product with constant weights")
    return products, attentions


def _product(node: Any, left: list[int], weights: list[int]) -> Product:
    transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
    inner, columns = reversed(weights) if transposed else weights
    rows = 1
    for dim in left[:-1]:
        rows *= dim
    return Product(rows, inner, columns)


def _dims(node: Any, place: int, written: dict[str, list[int]]) -> list[int]:
    dims = written.get(node.input[place])
    if not dims or not all(dims):
        raise BenchError(f"the graph does not say what shape {node.input[place]} has")
    return dims
