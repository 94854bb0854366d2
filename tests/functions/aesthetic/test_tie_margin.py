"""What differences of rewards are told apart."""

import pytest

from functions.aesthetic.tie_margin import LARGEST_REWARD_CHANGE, MAX_REWARD_CHANGE, tie_margin
from functions.common.manifest import Figure, GraphGate, PrecisionGate
from tests.functions.aesthetic.fakes import manifest


def graph(**figures: float) -> GraphGate:
    return GraphGate(
        compared="64 pictures",
        figures={name: Figure(value=value, limit=1) for name, value in figures.items()},
        notes={},
        kept_fp32=(),
        kept_share=0,
    )


@pytest.mark.parametrize(
    ("graphs", "margin"),
    [
        ({"reward.onnx": graph(max_reward_change=0.03, other=9.0)}, 0.06),
        ({"image.onnx": graph(max_reward_change=0.01), "reward.onnx": graph(max_reward_change=0.04)}, 0.08),
        ({"reward.onnx": graph(max_reward_change=0.0)}, 2e-4),
        ({"reward.onnx": graph(other=0.001)}, 2 * LARGEST_REWARD_CHANGE),
    ],
)
def test_twice_what_the_gate_measured(graphs: dict[str, GraphGate], margin: float) -> None:
    gate = PrecisionGate(label=None, graphs=graphs)
    assert MAX_REWARD_CHANGE == "max_reward_change"
    assert tie_margin(manifest().model_copy(update={"gate": gate})) == pytest.approx(margin, rel=1e-12)


@pytest.mark.parametrize(("precision", "margin"), [("fp32", 2e-4), ("int8", 0.1), ("mixed", 0.1)])
def test_where_nothing_was_measured(precision: str, margin: float) -> None:
    assert tie_margin(manifest().model_copy(update={"gate": None, "precision": precision})) == margin
