"""Redraws some held-out pictures, and holds the committed report and the bar to what the checkpoint says of them.

tests/system/test_demo_reports.py redraws all of them.
"""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import taxonomy
from models.demo.evaluation import AtThreshold, FilterFigures, figures
from models.demo.report import CHECKPOINT, FIRST, FOLDER, PAIRS, evaluate, read_confidences
from models.demo.report_text import report_text
from models.demo.semantic.held_out import held_out_scenes
from models.demo.semantic.pictures import labels
from models.demo.semantic.program import RECORD
from models.demo.semantic.scoring import torch_scorer
from models.demo.world.sampling import all_held_out_pairs, unseen_pairs
from models.demo.world.scene import COVERED, STYLES

TOLERANCE = 0.01


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / "report.json").read_bytes())
    return content


@pytest.fixture(scope="module")
def committed(report: dict[str, Any]) -> NDArray[np.float64]:
    """Confidences (pictures, filters) of the first pairs."""
    assert report["first"]["pairs"] == FIRST
    return read_confidences(report["first"]["confidences"])


def test_the_committed_confidences_are_what_comes_out(committed: NDArray[np.float64]) -> None:
    _, confidences = evaluate(torch_scorer(CHECKPOINT, taxonomy.load()), FIRST)
    np.testing.assert_allclose(confidences, committed, atol=TOLERANCE, rtol=0)


def test_the_committed_figures_are_not_far_from_those_of_the_first(
    committed: NDArray[np.float64], report: dict[str, Any]
) -> None:
    truth = labels(held_out_scenes(FIRST))
    assert committed.shape == truth.shape == (2 * FIRST, len(COVERED))
    # What none of these pictures shows has no average precision.
    shown = [column for column in range(len(COVERED)) if truth[:, column].any()]
    names = [COVERED[column] for column in shown]
    of_first = {entry.name: entry for entry in figures(names, committed[:, shown], truth[:, shown])}
    assert len(of_first) > 0.9 * len(COVERED)
    of_all = {row["name"]: row["average_precision"] for row in report["filters"] if row["name"] in of_first}
    change = [of_first[name].average_precision - of_all[name] for name in names]
    assert abs(np.mean(change)) < 0.05


def test_the_bar(report: dict[str, Any]) -> None:
    tax = taxonomy.load()
    names = {row["name"] for row in report["filters"]}
    assert report["pictures"] == 2 * PAIRS
    assert len(names) >= 24
    assert {tax.filter(name).category for name in names} == {c.name for c in tax.categories} - {"ethnicity"}
    assert names >= set(STYLES)
    precisions = [row["average_precision"] for row in report["filters"]]
    assert report["mean_average_precision"] == pytest.approx(np.mean(precisions), abs=1e-4)
    assert report["baseline"].keys() == names
    baseline = np.mean(list(report["baseline"].values()))
    assert report["baseline_mean_average_precision"] == pytest.approx(baseline, abs=1e-4)
    assert report["mean_average_precision"] >= 0.85
    assert report["mean_average_precision"] >= report["baseline_mean_average_precision"] + 0.15


def test_the_page_says_these_figures(report: dict[str, Any]) -> None:
    entries = [
        FilterFigures(**row | {"at": tuple(AtThreshold(**figure) for figure in row["at"])}) for row in report["filters"]
    ]
    record = json.loads((CHECKPOINT / RECORD).read_bytes())
    told = report_text(entries, report["baseline"], record, all_held_out_pairs())
    assert (FOLDER / "REPORT.md").read_text(encoding="utf-8") == told


def test_it_was_trained_in_half_an_hour_on_two_cores() -> None:
    record = json.loads((CHECKPOINT / RECORD).read_bytes())
    assert record["total_seconds"] <= 30 * 60
    assert ", 2 workers, " in record["machine"]


def test_every_scored_picture_holds_a_combination_training_never_saw() -> None:
    scenes = held_out_scenes(PAIRS)
    assert len(scenes) >= 600
    assert all(unseen_pairs(scene) for scene in scenes)
    assert all(first.filters != second.filters for first, second in zip(scenes[::2], scenes[1::2], strict=True))


def test_every_filter_has_enough_pictures_to_judge_it(report: dict[str, Any]) -> None:
    positives = dict(zip(COVERED, labels(held_out_scenes(PAIRS)).sum(axis=0).tolist(), strict=True))
    assert {row["name"]: row["positives"] for row in report["filters"]} == positives
    assert min(positives.values()) >= 15
