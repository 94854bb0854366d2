"""An fp32 graph, its int8 form, and every mixture of the two: some layers computed in fp32, the others quantised."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.external_data_helper import set_external_data

from functions.common.manifest import KeptWeights
from models.graph import load_tensor

_QUANTIZED_OPERATORS: Final = ("MatMul", "Gemm")
_BIAS: Final = ".bias"
_EXTERNAL_BYTES: Final = 1024
"""From this size on weights lie in the file beside the graph, as onnx does it by default."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A matrix product with constant weights, which is what quantisation changes."""

    name: str
    """Of the module: `layers.3.mlp.fc1`."""
    output: str
    """The tensor it computes."""
    bytes: int
    """Of its fp32 weights."""

    @property
    def group(self) -> str:
        """The module it is part of: `layers.3.mlp`; its own name where that has no parts."""
        return self.name.rpartition(".")[0] or self.name


def share(layers: Sequence[Layer], kept: Collection[str]) -> float:
    """The part that the layers `kept` have of the bytes of all layers' weights."""
    total = sum(layer.bytes for layer in layers)
    return sum(layer.bytes for layer in layers if layer.name in kept) / total if total else 0.0


class QuantizedGraph:
    """The fp32 graph at `fp32` and its int8 form at `int8`, in one folder, weights in files beside them."""

    def __init__(self, fp32: Path, int8: Path) -> None:
        if fp32.parent != int8.parent:
            raise AssertionError("a graph reads weights from its own folder only")
        self._int8 = int8
        self._original = onnx.load(fp32, load_external_data=False)
        self._quantized = onnx.load(int8, load_external_data=False)
        self._producers = {node.output[0]: node for node in self._original.graph.node}
        self.layers = _find_layers(self._original.graph, self._quantized.graph)
        self._rounded = _RoundedWeights(self._original, fp32.with_name(f"rounded-{fp32.name}.data"))

    def share(self, kept: Collection[str]) -> float:
        """See `share`."""
        return share(self.layers, kept)

    def variant(self, kept: Collection[str], weights: KeptWeights = "fp32") -> Path:
        """A graph with the layers `kept` computed in fp32 and all others in int8; valid until the next call.

        `weights` is what the weights of the layers `kept` are stored in. The graph has none of its own: it points into
        the files of the two it is made from, and of the rounded weights.
        """
        if not kept:
            return self._int8
        path = self._int8.with_name(f"variant-{self._int8.name}")
        onnx.save(self._mixed(kept, weights), path)
        return path

    def write(self, kept: Collection[str], destination: Path, weights: KeptWeights = "fp32") -> None:
        """Write that graph to `destination`, with the weights it uses, and no others, in the one file beside it."""
        beside = destination.name + ".data"
        if not kept:
            model = onnx.load(self._int8, load_external_data=False)
            for tensor in model.graph.initializer:
                for entry in tensor.external_data:
                    if entry.key == "location":
                        entry.value = beside
            shutil.move(self._int8.with_name(self._int8.name + ".data"), destination.with_name(beside))
            onnx.save(model, destination)
            return
        model = onnx.load(self.variant(kept, weights))
        onnx.save(
            model,
            destination,
            save_as_external_data=True,
            all_tensors_to_one_file=True,
            location=beside,
            size_threshold=_EXTERNAL_BYTES,
        )

    def _mixed(self, kept: Collection[str], weights: KeptWeights) -> Any:
        model = onnx.ModelProto()
        model.CopyFrom(self._quantized)
        graph = model.graph
        restored = {layer.output: [self._producers[layer.output]] for layer in self.layers if layer.name in kept}
        tensors = list(self._original.graph.initializer)
        if weights == "int8":
            for output, (node,) in restored.items():
                restored[output], added = self._rounded.reading(node)
                tensors += added
        nodes = [part for node in graph.node for part in restored.get(node.output[0], [node])]
        nodes = _live(nodes, {output.name for output in graph.output})
        read = {name for node in nodes for name in node.input}
        initializers: dict[str, Any] = {}
        for tensor in [*graph.initializer, *tensors]:
            if tensor.name in read:
                initializers.setdefault(tensor.name, tensor)
        written = {name for node in nodes for name in node.output}
        values = [value for value in graph.value_info if value.name in written]
        for field, content in ((graph.node, nodes), (graph.initializer, initializers.values())):
            _replace(field, content)
        _replace(graph.value_info, values)
        return model


class _RoundedWeights:
    """Weights of single layers in int8, one scale an output channel, in a file of their own; made when asked for.

    The graph dequantises them with Cast and Mul, which ONNX Runtime folds once, when it opens the graph; the matrix
    product is then fp32. (A DequantizeLinear would be fused into a product that also rounds its inputs to int8.) An
    fp32 product does not saturate, so the weights use the whole range of int8 on every target.
    """

    def __init__(self, original: Any, path: Path) -> None:
        self._folder, self._path = path.parent, path
        self._weights = {tensor.name: tensor for tensor in original.graph.initializer}
        self._rounded: dict[str, tuple[list[Any], list[Any]]] = {}
        path.write_bytes(b"")

    def reading(self, node: Any) -> tuple[list[Any], list[Any]]:
        """The nodes that do what `node`, a layer, does, with rounded weights; and their initializers."""
        name = node.input[1]
        if name not in self._rounded:
            transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
            self._rounded[name] = self._round(name, inputs=1 if transposed else 0)
        nodes, tensors = self._rounded[name]
        layer = onnx.NodeProto()
        layer.CopyFrom(node)
        layer.input[1] = nodes[-1].output[0]
        return [*nodes, layer], tensors

    def _round(self, name: str, inputs: int) -> tuple[list[Any], list[Any]]:
        """`inputs` is the axis of the weights along which the layer sums."""
        weights = load_tensor(self._weights[name], self._folder)  # (in, out), (out, in) where transposed
        largest = np.abs(weights).max(axis=inputs, keepdims=True)
        scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
        rounded = numpy_helper.from_array(np.rint(weights / scales).astype(np.int8), f"{name}_rounded")
        if len(rounded.raw_data) >= _EXTERNAL_BYTES:
            with self._path.open("ab") as file:
                set_external_data(rounded, self._path.name, offset=file.tell(), length=len(rounded.raw_data))
                file.write(rounded.raw_data)
            rounded.ClearField("raw_data")
        scale = numpy_helper.from_array(scales, f"{name}_rounded_scale")
        wide, scaled = f"{name}_wide", f"{name}_scaled"
        nodes = [
            helper.make_node("Cast", [rounded.name], [wide], wide, to=onnx.TensorProto.FLOAT),
            helper.make_node("Mul", [wide, scale.name], [scaled], scaled),
        ]
        return nodes, [rounded, scale]


def _find_layers(original: Any, quantized: Any) -> tuple[Layer, ...]:
    weights = {tensor.name: tensor for tensor in original.initializer}
    # Quantisation computes the same tensors in other ways, so what still comes from the same kind of node is as it was.
    operators = {node.output[0]: node.op_type for node in quantized.node}
    layers: list[Layer] = []
    taken: set[str] = set()
    for node in original.node:
        output = node.output[0]
        if node.op_type not in _QUANTIZED_OPERATORS or node.input[1] not in weights:
            continue
        if operators[output] == node.op_type:
            continue
        name = _module_name(node, original, weights)
        name = node.name if name in taken else name
        taken.add(name)
        elements = 1
        for size in weights[node.input[1]].dims:
            elements *= size
        layers.append(Layer(name, output, 4 * elements))
    return tuple(layers)


def _module_name(node: Any, graph: Any, weights: Collection[str]) -> str:
    """The name of the module whose bias is added to the product; exporters give the products themselves numbers."""
    users = [node] + [user for user in graph.node if user.op_type == "Add" and node.output[0] in user.input]
    for user in users:
        for name in user.input:
            if name in weights and name.endswith(_BIAS):
                return str(name).removesuffix(_BIAS)
    return str(node.name)


def _live(nodes: Iterable[Any], outputs: set[str]) -> list[Any]:
    """The nodes, in their order, that the outputs depend on."""
    needed = set(outputs)
    kept = []
    for node in reversed(list(nodes)):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    return kept[::-1]


def _replace(field: Any, content: Iterable[Any]) -> None:
    parts = list(content)
    copies = [type(part)() for part in parts]
    for copy, part in zip(copies, parts, strict=True):
        copy.CopyFrom(part)
    del field[:]
    field.extend(copies)
