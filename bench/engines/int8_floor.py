"""The floor under an int8 encoder: its matrix products alone, as bare int8 products, one node each.

Attention's own products stay fp32 in the encoder and are timed beside, as bare Attention nodes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from bench.engines import Answer, Options
from bench.products import AttentionShape, Product, read_products

Call = tuple[onnxruntime.InferenceSession, dict[str, Any], int]
"""A session of one node, its inputs, and how often the encoder has it."""


class Int8FloorEngine:
    """A run does every product as often as the encoder does."""

    def __init__(self, products: Iterable[Call], attentions: Iterable[Call], gigaops: float) -> None:
        self._products, self._attentions, self._gigaops = list(products), list(attentions), gigaops

    def run(self) -> Answer:
        """See Engine. `seconds`: the int8 products; `attention_seconds`: the Attention nodes."""
        started = time.perf_counter()
        _run(self._products)
        between = time.perf_counter()
        _run(self._attentions)
        ended = time.perf_counter()
        return {"seconds": between - started, "attention_seconds": ended - between, "gigaops": self._gigaops}

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {}


def open_engine(options: Options) -> Int8FloorEngine:
    """`graphs`: paths of the model's fp32 graphs; `threads`."""
    threads = options["threads"]
    products: Counter[Product] = Counter()
    attentions: Counter[AttentionShape] = Counter()
    for path in options["graphs"]:
        of_graph, attentions_of_graph = read_products(Path(path))
        products.update(of_graph)
        attentions.update(attentions_of_graph)
    return Int8FloorEngine(
        [(*_product(shape, threads), count) for shape, count in products.items()],
        [(*_attention(shape, threads), count) for shape, count in attentions.items()],
        sum(shape.operations * count for shape, count in products.items()) / 1e9,
    )


def _run(calls: Iterable[Call]) -> None:
    for session, inputs, count in calls:
        for _ in range(count):
            session.run(None, inputs)


def _product(shape: Product, threads: int) -> tuple[onnxruntime.InferenceSession, dict[str, Any]]:
    rng = np.random.default_rng(0)
    weights = rng.integers(-64, 65, (shape.inner, shape.columns), dtype=np.int8)
    zeros = np.zeros(shape.columns, np.int8)
    node = helper.make_node("MatMulInteger", ["left", "weights", "left_zero", "weights_zero"], ["product"])
    session = _session(
        node,
        [helper.make_tensor_value_info("left", TensorProto.UINT8, [1, shape.rows, shape.inner])],
        helper.make_tensor_value_info("product", TensorProto.INT32, [1, shape.rows, shape.columns]),
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array(128, np.uint8), "left_zero"),
            numpy_helper.from_array(zeros, "weights_zero"),
        ],
        threads,
    )
    return session, {"left": rng.integers(0, 256, (1, shape.rows, shape.inner), dtype=np.uint8)}


def _attention(shape: AttentionShape, threads: int) -> tuple[onnxruntime.InferenceSession, dict[str, Any]]:
    rng = np.random.default_rng(0)
    sizes = {"query": shape.queries, "key": shape.keys, "value": shape.keys}
    dims = {name: [1, shape.heads, length, shape.width] for name, length in sizes.items()}
    session = _session(
        helper.make_node("Attention", list(dims), ["attended"]),
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, dim) for name, dim in dims.items()],
        helper.make_tensor_value_info("attended", TensorProto.FLOAT, dims["query"]),
        [],
        threads,
    )
    return session, {name: rng.standard_normal(dim, dtype=np.float32) for name, dim in dims.items()}


def _session(
    node: Any, inputs: list[Any], output: Any, initializers: list[Any], threads: int
) -> onnxruntime.InferenceSession:
    graph = helper.make_graph([node], "product", inputs, [output], initializers)
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    # As in the service: threads of one product that spin on would slow the next one down.
    settings.add_session_config_entry("session.force_spinning_stop", "1")
    return onnxruntime.InferenceSession(model.SerializeToString(), settings, providers=["CPUExecutionProvider"])
