"""An fp32 graph, its int8 form, and every mixture of the two: some layers in fp32, the others quantised."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import onnx

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

    def share(self, kept: Collection[str]) -> float:
        """The layers' part of the bytes of all layers' weights."""
        total = sum(layer.bytes for layer in self.layers)
        return sum(layer.bytes for layer in self.layers if layer.name in kept) / total if total else 0.0

    def variant(self, kept: Collection[str]) -> Path:
        """A graph with the layers `kept` in fp32 and all others in int8; valid until the next call.

        It has no weights of its own: it points into the files of the two it is made from.
        """
        if not kept:
            return self._int8
        path = self._int8.with_name(f"variant-{self._int8.name}")
        onnx.save(self._mixed(kept), path)
        return path

    def write(self, kept: Collection[str], destination: Path) -> None:
        """Write that graph to `destination`, with the weights it uses, and no others, in the one file beside it."""
        weights = destination.name + ".data"
        if not kept:
            model = onnx.load(self._int8, load_external_data=False)
            for tensor in model.graph.initializer:
                for entry in tensor.external_data:
                    if entry.key == "location":
                        entry.value = weights
            shutil.move(self._int8.with_name(self._int8.name + ".data"), destination.with_name(weights))
            onnx.save(model, destination)
            return
        model = onnx.load(self.variant(kept))
        onnx.save(
            model,
            destination,
            save_as_external_data=True,
            all_tensors_to_one_file=True,
            location=weights,
            size_threshold=_EXTERNAL_BYTES,
        )

    def _mixed(self, kept: Collection[str]) -> Any:
        model = onnx.ModelProto()
        model.CopyFrom(self._quantized)
        graph = model.graph
        restored = {layer.output: self._producers[layer.output] for layer in self.layers if layer.name in kept}
        nodes = [restored.get(node.output[0], node) for node in graph.node]
        nodes = _live(nodes, {output.name for output in graph.output})
        read = {name for node in nodes for name in node.input}
        initializers = {tensor.name: tensor for tensor in graph.initializer if tensor.name in read}
        for tensor in self._original.graph.initializer:
            if tensor.name in read:
                initializers.setdefault(tensor.name, tensor)
        written = {name for node in nodes for name in node.output}
        values = [value for value in graph.value_info if value.name in written]
        for field, content in ((graph.node, nodes), (graph.initializer, initializers.values())):
            _replace(field, content)
        _replace(graph.value_info, values)
        return model


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
