"""Redraws some held-out pairs, and holds the committed figures and the bars to what the artifact says of them."""

import json
from typing import Any

import pytest

import taxonomy
from models.demo.aesthetic.comparisons import compare, held_out_pairs
from models.demo.aesthetic.judging import artifact_judge
from models.demo.aesthetic.program import RECORD
from models.demo.aesthetic.report import BARS, CHECKPOINT, FIGURES, FIRST, FOLDER, PAIRS, SHEET, TEXT, kinds
from models.demo.aesthetic.report_text import report_text
from models.demo.world.sampling import unseen_pairs

ARTIFACT = FOLDER / "aesthetic" / "artifact"
CLOSE = 2
"""Comparisons of a kind that another processor's rounding may turn round."""


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / FIGURES).read_bytes())
    return content


def test_the_committed_figures_are_what_comes_out(report: dict[str, Any]) -> None:
    pairs = held_out_pairs(PAIRS, taxonomy.load())[:FIRST]
    assert report["first"]["pairs"] == len(pairs)
    for row, committed in zip(kinds(compare(artifact_judge(ARTIFACT), pairs)), report["first"]["kinds"], strict=True):
        assert (row["name"], row["count"]) == (committed["name"], committed["count"])
        assert row["right"] == pytest.approx(committed["right"], abs=(CLOSE + 0.5) / row["count"])
        assert row["margin"] == pytest.approx(committed["margin"], abs=0.03)
        assert row["right"] >= BARS.get(row["name"], 0) - (CLOSE + 0.5) / row["count"]


def test_the_bars(report: dict[str, Any]) -> None:
    assert report["pairs"] == PAIRS
    right = {row["name"]: row["right"] for row in report["kinds"]}
    count = {row["name"]: row["count"] for row in report["kinds"]}
    assert {kind: bar for kind, bar in BARS.items() if right[kind] < bar} == {}
    assert (BARS["picture"], BARS["word"], BARS["quality"]) == (0.90, 0.90, 0.85)
    assert min(count.values()) >= 200
    # Which of two prompts is true is not to be had from the prompts alone.
    assert right["control"] == pytest.approx(0.5, abs=0.08)


def test_the_report_says_these_figures(report: dict[str, Any]) -> None:
    record = json.loads((CHECKPOINT / RECORD).read_bytes()) | {"judge": "the exported artifact"}
    assert (FOLDER / TEXT).read_text(encoding="utf-8") == report_text(report, record, BARS, SHEET)


def test_no_training_picture_has_what_is_judged() -> None:
    pairs = held_out_pairs(PAIRS, taxonomy.load())
    assert all(unseen_pairs(scene) for pair in pairs for scene in pair.scenes)
