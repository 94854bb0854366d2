"""Redraws every held-out picture of the demo models, and holds all committed figures to what comes out.

In the other tests it is the first pictures only.
"""

import json
from typing import Any

import pytest

import taxonomy
from models.demo import report as semantic
from models.demo.aesthetic import report as aesthetic
from models.demo.aesthetic.comparisons import compare, held_out_pairs
from models.demo.aesthetic.judging import artifact_judge
from models.demo.evaluation import mean_average_precision
from models.demo.semantic.scoring import torch_scorer

pytestmark = pytest.mark.system

TOLERANCE = 0.01
# Decisions, of a kind, that another processor's rounding may turn round where they are few.
CLOSE = 2


def test_every_figure_of_the_semantic_demo_is_what_comes_out() -> None:
    report: dict[str, Any] = json.loads((semantic.FOLDER / "report.json").read_bytes())
    entries, _ = semantic.evaluate(torch_scorer(semantic.CHECKPOINT, taxonomy.load()))
    for entry, row in zip(entries, report["filters"], strict=True):
        assert (entry.name, entry.positives) == (row["name"], row["positives"])
        assert entry.average_precision == pytest.approx(row["average_precision"], abs=TOLERANCE)
        for at, committed in zip(entry.at, row["at"], strict=True):
            assert at.recall == pytest.approx(
                committed["recall"], abs=max(3 * TOLERANCE, (CLOSE + 0.5) / row["positives"])
            )
            assert at.false_positive_rate == pytest.approx(committed["false_positive_rate"], abs=TOLERANCE)
    assert mean_average_precision(entries) == pytest.approx(report["mean_average_precision"], abs=TOLERANCE)
    assert mean_average_precision(entries) >= max(0.85, report["baseline_mean_average_precision"] + 0.15)


def test_every_figure_of_the_reward_demo_is_what_comes_out() -> None:
    report: dict[str, Any] = json.loads((aesthetic.FOLDER / aesthetic.FIGURES).read_bytes())
    pairs = held_out_pairs(aesthetic.PAIRS, taxonomy.load())
    judge = artifact_judge(aesthetic.FOLDER / "aesthetic" / "artifact")
    for row, committed in zip(aesthetic.kinds(compare(judge, pairs)), report["kinds"], strict=True):
        assert (row["name"], row["count"]) == (committed["name"], committed["count"])
        close = max(TOLERANCE, (CLOSE + 0.5) / row["count"])
        assert row["right"] == pytest.approx(committed["right"], abs=close)
        assert row["right"] >= aesthetic.BARS.get(row["name"], 0) - close
