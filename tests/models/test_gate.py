"""The gate on a comparison that has nothing to do with pictures or prompts."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from functions.common.artifact import open_session
from functions.common.manifest import Figure
from models.errors import GateError
from models.gate import pass_gate
from models.layer_search import Findings

WIDTH, ITEMS = 64, 12


class Rewards:
    """One number an item, which may move by `limit`."""

    unit = "candidate"

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.asked = 0
        self.inputs = np.random.default_rng(2).standard_normal((ITEMS, 1, WIDTH)).astype(np.float32)

    def __len__(self) -> int:
        return ITEMS

    def answer(self, session: onnxruntime.InferenceSession, item: int) -> NDArray[np.float32]:
        self.asked += 1
        return np.asarray(session.run(None, {"x": self.inputs[item]})[0][0, :1])

    def judge(self, reference: NDArray[np.float32], answers: NDArray[np.float32], items: Sequence[int]) -> Findings:
        assert len(items) == len(reference) == len(answers)
        change = np.abs(answers - reference)[:, 0].astype(np.float64)
        return Findings({"reward_change": Figure(value=float(change.max()), limit=self.limit)}, {"pairs": 3}, change)


def _graph(path: Path, *, layers: int = 3, outlier: float = 1.0, unread: bool = False) -> Path:
    """A channel of what the second layer reads is `outlier` times as large, its weights as much smaller.

    Or 0, where it is not read.
    """
    rng = np.random.default_rng(1)
    weights = [(rng.standard_normal((WIDTH, WIDTH)) / 8).astype(np.float32) for _ in range(layers)]
    biases = [rng.standard_normal(WIDTH).astype(np.float32) / 8 for _ in range(layers)]
    weights[0][:, 5] *= outlier
    biases[0][5] *= outlier
    weights[1][5] *= 0 if unread else 1 / outlier
    nodes, initializers, before = [], [], "x"
    for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        initializers += [
            numpy_helper.from_array(weight, f"w{number}"),
            numpy_helper.from_array(bias, f"l{number}.bias"),
        ]
        nodes.append(helper.make_node("MatMul", [before, f"w{number}"], [f"m{number}"], name=f"node_{number}"))
        nodes.append(helper.make_node("Add", [f"m{number}", f"l{number}.bias"], [f"y{number}"], name=f"add_{number}"))
        before = f"y{number}"
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, WIDTH]) for name in ("x", before))
    graph = helper.make_graph(nodes, "rewards", [x], [y], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
    onnx.save(model, path, save_as_external_data=True, location=f"{path.name}.data", size_threshold=0)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "reward.onnx"


def test_what_is_near_enough_costs_one_run_of_each_graph(tmp_path: Path, out: Path) -> None:
    comparison = Rewards(limit=0.5)
    verdict = pass_gate(_graph(tmp_path / "reward.onnx"), out, comparison, target="portable")
    assert comparison.asked == 2 * ITEMS
    assert verdict.record.compared == "12 candidates"
    assert verdict.record.kept_fp32 == ()
    assert verdict.record.kept_weights is None
    assert verdict.record.notes == {"pairs": 3}
    figure = verdict.record.figures["reward_change"]
    assert figure == Figure(value=round(float(np.abs(verdict.answers - verdict.reference).max()), 6), limit=0.5)
    session = open_session(out, 1)
    np.testing.assert_array_equal(
        np.stack([comparison.answer(session, item) for item in range(ITEMS)]), verdict.answers
    )


def test_the_layer_behind_an_outlier_stays_in_fp32(tmp_path: Path, out: Path) -> None:
    comparison = Rewards(limit=0.2)
    verdict = pass_gate(_graph(tmp_path / "reward.onnx", outlier=2.0**10), out, comparison, target="portable")
    assert verdict.record.kept_fp32 == ("l1",)
    assert verdict.record.kept_share == pytest.approx(1 / 3, abs=1e-6)
    assert verdict.record.kept_weights == "fp32", "int8 would make the outlier's small weights 0"
    assert np.abs(verdict.answers - verdict.reference).max() <= 0.2
    session = open_session(out, 1)
    np.testing.assert_array_equal(
        np.stack([comparison.answer(session, item) for item in range(ITEMS)]), verdict.answers
    )


@pytest.mark.parametrize(
    ("layers", "stored_in"),
    # One of twelve may be computed in fp32 to be stored in int8; one of nine is too much.
    [(12, {TensorProto.INT8}), (9, {TensorProto.INT8, TensorProto.FLOAT})],
)
def test_where_only_activations_are_hard_to_round_weights_are_stored_in_int8(
    tmp_path: Path, out: Path, layers: int, stored_in: set[int]
) -> None:
    comparison = Rewards(limit=0.3)
    graph = _graph(tmp_path / "reward.onnx", layers=layers, outlier=2.0**10, unread=True)
    verdict = pass_gate(graph, out, comparison, target="portable")
    assert verdict.record.kept_fp32 == ("l1",)
    assert verdict.record.kept_weights == ("int8" if layers == 12 else "fp32")
    assert np.abs(verdict.answers - verdict.reference).max() <= 0.3
    session = open_session(out, 1)
    np.testing.assert_array_equal(
        np.stack([comparison.answer(session, item) for item in range(ITEMS)]), verdict.answers
    )
    stored = {tensor.data_type for tensor in onnx.load(out).graph.initializer if tuple(tensor.dims) == (WIDTH, WIDTH)}
    assert stored == stored_in


@pytest.mark.parametrize(
    ("limit", "quantization", "message"),
    [
        (0.2, "int8", r"reward\.onnx in int8 is too far from fp32: reward change [\d.]+ \(at most 0\.2\); --precision"),
        (1e-6, "auto", r"and 3 of 3 layers would have to stay in fp32, 100% of the weights, where at most 50% may"),
    ],
)
def test_a_refusal_says_by_how_much_and_writes_nothing(
    tmp_path: Path, out: Path, limit: float, quantization: str, message: str
) -> None:
    graph = _graph(tmp_path / "reward.onnx", outlier=2.0**10)
    with pytest.raises(GateError, match=message):
        pass_gate(graph, out, Rewards(limit), target="portable", quantization=quantization)  # type: ignore[arg-type]
    assert list(out.parent.iterdir()) == []


def test_answers_that_are_no_numbers_are_refused(tmp_path: Path, out: Path) -> None:
    class Broken(Rewards):
        def answer(self, session: onnxruntime.InferenceSession, item: int) -> NDArray[np.float32]:
            answer = super().answer(session, item)
            return answer if self.asked <= ITEMS else answer * math.nan

    with pytest.raises(GateError, match="answers NaN or infinity"):
        pass_gate(_graph(tmp_path / "reward.onnx"), out, Broken(0.5), target="portable")
