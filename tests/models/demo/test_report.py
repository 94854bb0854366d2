"""Redraws the held-out pictures, scores them, and holds the committed figures and the bar to what comes out."""

import json
from typing import Any

import pytest

import taxonomy
from models.demo.evaluation import FilterFigures, mean_average_precision
from models.demo.report import CHECKPOINT, FOLDER, PAIRS, evaluate
from models.demo.semantic.held_out import held_out_scenes
from models.demo.semantic.scoring import torch_scorer
from models.demo.world.sampling import unseen_pairs
from models.demo.world.scene import COVERED, STYLES

TOLERANCE = 0.01


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / "report.json").read_bytes())
    return content


@pytest.fixture(scope="module")
def entries() -> tuple[FilterFigures, ...]:
    return evaluate(torch_scorer(CHECKPOINT, taxonomy.load()))[0]


def test_the_committed_figures_are_what_comes_out(entries: tuple[FilterFigures, ...], report: dict[str, Any]) -> None:
    assert [entry.name for entry in entries] == [row["name"] for row in report["filters"]]
    for entry, row in zip(entries, report["filters"], strict=True):
        assert entry.positives == row["positives"]
        assert entry.average_precision == pytest.approx(row["average_precision"], abs=TOLERANCE)
        for at, committed in zip(entry.at, row["at"], strict=True):
            assert at.recall == pytest.approx(committed["recall"], abs=TOLERANCE * 3)
            assert at.false_positive_rate == pytest.approx(committed["false_positive_rate"], abs=TOLERANCE)
    assert mean_average_precision(entries) == pytest.approx(report["mean_average_precision"], abs=TOLERANCE)


def test_the_bar(entries: tuple[FilterFigures, ...], report: dict[str, Any]) -> None:
    tax = taxonomy.load()
    assert len(entries) >= 24
    assert {tax.filter(entry.name).category for entry in entries} == {c.name for c in tax.categories} - {"ethnicity"}
    assert {entry.name for entry in entries} >= set(STYLES)
    assert mean_average_precision(entries) >= 0.85
    assert mean_average_precision(entries) >= report["baseline_mean_average_precision"] + 0.15


def test_every_scored_picture_holds_a_combination_training_never_saw() -> None:
    scenes = held_out_scenes(PAIRS)
    assert len(scenes) >= 600
    assert all(unseen_pairs(scene) for scene in scenes)
    assert all(first.filters != second.filters for first, second in zip(scenes[::2], scenes[1::2], strict=True))


def test_every_filter_has_enough_pictures_to_judge_it(entries: tuple[FilterFigures, ...]) -> None:
    assert {entry.name for entry in entries} == set(COVERED)
    assert min(entry.positives for entry in entries) >= 15
