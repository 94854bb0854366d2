from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from functions.common.artifact import open_session
from functions.semantic.encoders import ENCODER_NAME
from models.mixed_precision import QuantizedGraph
from models.quantize import quantize_encoder


def _copy(source: Path, folder: Path) -> Path:
    for name in (source.name, f"{source.name}.data"):
        (folder / name).write_bytes((source.parent / name).read_bytes())
    return folder / source.name


@pytest.fixture(scope="module")
def pair(fp32: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("pair")
    original = _copy(fp32 / ENCODER_NAME, folder)
    quantize_encoder(original, folder / "int8.onnx", "portable")
    return original, folder / "int8.onnx"


def _run(path: Path, pictures: tuple[NDArray[np.float32], ...]) -> NDArray[np.float32]:
    session = open_session(path, 1)
    return np.concatenate([session.run(None, {"pixels": picture})[0] for picture in pictures])


def _operators(path: Path) -> Counter[str]:
    return Counter(node.op_type for node in onnx.load(path, load_external_data=False).graph.node)


def test_layers_have_the_names_of_modules(pair: tuple[Path, Path]) -> None:
    graph = QuantizedGraph(*pair)
    block = [
        *("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "mlp.fc1", "mlp.fc2"),
    ]
    head = ["head.query", "head.key", "head.value", "head.out", "head.mlp.fc1", "head.mlp.fc2"]
    names = [layer.name for layer in graph.layers]
    # The head's query is a constant, and its product folded.
    assert sorted(names) == sorted([f"layers.{number}.{part}" for number in range(3) for part in block] + head[1:])
    assert {layer.name: layer.bytes for layer in graph.layers}["layers.0.mlp.fc2"] == 4 * 64 * 152
    assert graph.share([]) == 0
    assert graph.share(names) == 1
    assert graph.share(["layers.0.mlp.fc1"]) == pytest.approx(9728 / (3 * (4 * 4096 + 2 * 9728) + 3 * 4096 + 2 * 9728))


def test_all_layers_in_fp32_answer_as_the_original_and_none_as_the_quantised(
    pair: tuple[Path, Path], pictures: tuple[NDArray[np.float32], ...]
) -> None:
    graph = QuantizedGraph(*pair)
    everything = graph.variant([layer.name for layer in graph.layers])
    assert _operators(everything) == _operators(pair[0])
    np.testing.assert_array_equal(_run(everything, pictures), _run(pair[0], pictures))
    np.testing.assert_array_equal(_run(graph.variant([]), pictures), _run(pair[1], pictures))


@pytest.mark.parametrize(
    "kept",
    [
        ["layers.1.mlp.fc1"],
        # One of three that share a quantised input, and one that shares it with none.
        ["layers.0.self_attn.k_proj", "head.mlp.fc2"],
        [f"layers.2.self_attn.{name}_proj" for name in "qkv"],
    ],
)
def test_what_is_kept_is_computed_in_fp32(
    pair: tuple[Path, Path], pictures: tuple[NDArray[np.float32], ...], kept: Collection[str], tmp_path: Path
) -> None:
    graph = QuantizedGraph(*pair)
    variant = graph.variant(kept)
    operators, quantized = _operators(variant), _operators(pair[1])
    assert operators["MatMul"] == len(kept)
    assert operators["MatMulInteger"] == quantized["MatMulInteger"] - len(kept)
    shared = 1 if len(kept) == 3 else len(kept) - sum("k_proj" in name for name in kept)
    assert operators["DynamicQuantizeLinear"] == quantized["DynamicQuantizeLinear"] - shared
    answers = _run(variant, pictures)
    assert not np.array_equal(answers, _run(pair[1], pictures))
    graph.write(kept, tmp_path / "final.onnx")
    np.testing.assert_array_equal(_run(tmp_path / "final.onnx", pictures), answers)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final.onnx", "final.onnx.data"]
    used = {tensor.name for tensor in onnx.load(tmp_path / "final.onnx").graph.initializer}
    read = {name for node in onnx.load(tmp_path / "final.onnx").graph.node for name in node.input}
    assert used <= read
    onnx.checker.check_model(str(tmp_path / "final.onnx"))


def test_kept_weights_can_be_stored_in_int8(
    pair: tuple[Path, Path], pictures: tuple[NDArray[np.float32], ...], tmp_path: Path
) -> None:
    """Nearer to the original than where the layers' inputs are rounded, too, and no larger by more than the scales."""
    graph = QuantizedGraph(*pair)
    everything = [layer.name for layer in graph.layers]
    variant = graph.variant(everything, "int8")
    operators = _operators(variant)
    assert operators["Cast"] == operators["MatMul"] == len(everything)
    assert operators["MatMulInteger"] == operators["DynamicQuantizeLinear"] == 0
    original, answers = _run(pair[0], pictures), _run(variant, pictures)
    error, rounded = (np.abs(one - original).max() for one in (answers, _run(pair[1], pictures)))
    assert 0 < error < rounded / 2
    graph.write(everything, tmp_path / "final.onnx", "int8")
    np.testing.assert_array_equal(_run(tmp_path / "final.onnx", pictures), answers)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final.onnx", "final.onnx.data"]
    size, int8_size = (
        path.with_name(f"{path.name}.data").stat().st_size for path in (tmp_path / "final.onnx", pair[1])
    )
    # Data is aligned to pages of 4,096 bytes.
    assert size <= int8_size + 4096 * len(everything)
    onnx.checker.check_model(str(tmp_path / "final.onnx"))


def test_what_is_kept_may_be_one_and_then_another(
    pair: tuple[Path, Path], pictures: tuple[NDArray[np.float32], ...]
) -> None:
    graph = QuantizedGraph(*pair)
    first = _run(graph.variant(["layers.1.mlp.fc1"], "int8"), pictures)
    other = _run(graph.variant(["head.mlp.fc2", "layers.1.mlp.fc1"], "int8"), pictures)
    fp32 = _run(graph.variant(["layers.1.mlp.fc1"]), pictures)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, fp32)
    np.testing.assert_array_equal(_run(graph.variant(["layers.1.mlp.fc1"], "int8"), pictures), first)


def test_without_any_the_quantised_graph_moves_as_it_is(
    fp32: Path, tmp_path: Path, pictures: tuple[NDArray[np.float32], ...]
) -> None:
    original = _copy(fp32 / ENCODER_NAME, tmp_path)
    int8 = tmp_path / "int8.onnx"
    quantize_encoder(original, int8, "portable")
    weights, answers = int8.with_name("int8.onnx.data").read_bytes(), _run(int8, pictures)
    final = tmp_path / "out" / ENCODER_NAME
    final.parent.mkdir()
    QuantizedGraph(original, int8).write([], final)
    assert final.with_name(f"{ENCODER_NAME}.data").read_bytes() == weights
    np.testing.assert_array_equal(_run(final, pictures), answers)


@pytest.mark.parametrize("transposed", [0, 1])
def test_a_gemm_is_a_layer_too(tmp_path: Path, transposed: int) -> None:
    rng = np.random.default_rng(1)
    # Channels of sizes of their own: with one scale, or scales of the other axis, small ones would be lost.
    sizes = np.logspace(-3, 0, 32, dtype=np.float32)
    multiplier = (rng.standard_normal((64, 32)) * sizes).astype(np.float32)
    weights = np.ascontiguousarray(multiplier.T) if transposed else multiplier
    bias = rng.standard_normal(32).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "w", "score.bias"], ["y"], name="node_7", transB=transposed)],
        "head",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32])],
        [numpy_helper.from_array(weights, "w"), numpy_helper.from_array(bias, "score.bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
    original = tmp_path / "head.onnx"
    onnx.save(model, original, save_as_external_data=True, location="head.onnx.data", size_threshold=0)
    quantize_encoder(original, tmp_path / "int8.onnx", "portable")
    found = QuantizedGraph(original, tmp_path / "int8.onnx")
    assert [(layer.name, layer.bytes) for layer in found.layers] == [("score", 4 * 64 * 32)]
    x = rng.standard_normal((1, 64)).astype(np.float32)
    (answer,) = open_session(found.variant(["score"]), 1).run(None, {"x": x})
    np.testing.assert_allclose(answer, x @ multiplier + bias, rtol=1e-4, atol=1e-4)
    (near,) = open_session(found.variant(["score"], "int8"), 1).run(None, {"x": x})
    relative = np.abs(near - answer)[0] / sizes
    assert 1e-3 < relative.max() < 0.2
    (rounded,) = open_session(found.variant([]), 1).run(None, {"x": x})
    assert 1e-3 < np.abs(rounded - answer).max() < 1
