"""The report's comparisons and its words, with judges whose verdict is known and with the few-step checkpoint."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import taxonomy
from models.demo.aesthetic.comparisons import (
    FLAWS_EACH,
    KINDS,
    Comparison,
    Pair,
    compare,
    held_out_pairs,
    share,
    shares,
)
from models.demo.aesthetic.judging import torch_judge
from models.demo.aesthetic.report import BARS, FIGURES, SHEET, TEXT, evaluate, write_report
from models.demo.world.sampling import unseen_pairs

COUNT = 8


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    return held_out_pairs(COUNT, taxonomy.load())


def test_every_picture_holds_a_combination_training_never_saw(pairs: list[Pair]) -> None:
    for pair in pairs:
        assert all(unseen_pairs(scene) for scene in pair.scenes)
        assert pair.own.asserted <= pair.scenes[0].filters
        for side, (prompt, change) in enumerate(zip(pair.prompts, pair.changes, strict=True)):
            if prompt is not None:
                assert change in prompt.asserted <= pair.scenes[side].filters
                assert change not in pair.scenes[1 - side].filters
        assert any(prompt is not None for prompt in pair.prompts)
        assert pair.changed is None or not pair.changed.asserted <= pair.scenes[0].filters


def test_the_control_picture_bears_out_both_prompts_alike(pairs: list[Pair]) -> None:
    controlled = [pair for pair in pairs if pair.control is not None]
    assert controlled
    for pair in controlled:
        assert pair.changed is not None
        assert pair.control is not None
        assert pair.control not in pair.scenes
        one, other = (prompt.asserted - pair.control.filters for prompt in (pair.own, pair.changed))
        assert len(one) == len(other)


def test_a_judge_who_sees_all_alike_is_never_right(pairs: list[Pair]) -> None:
    found = [one for judged in compare(lambda _, prompts: [0.0] * len(prompts), pairs) for one in judged]
    assert {one.kind for one in found} == set(KINDS)
    assert sum(one.kind == "quality" for one in found) == COUNT * FLAWS_EACH
    assert all(share(kind, [one for one in found if one.kind == kind]).right == 0 for kind in KINDS)


def test_a_judge_who_counts_what_is_said_wrong_is_right(pairs: list[Pair]) -> None:
    true = {pair.own.text: True for pair in pairs} | {p.changed.text: False for p in pairs if p.changed is not None}

    def judge(_: Image.Image, prompts: Sequence[str]) -> list[float]:
        return [float(true.get(prompt, False)) for prompt in prompts]

    words = [one for judged in compare(judge, pairs) for one in judged if one.kind == "word"]
    assert words
    assert share("word", words).right == 1


def test_shares_by_what_they_are_about() -> None:
    found = [
        Comparison("quality", "tilted", 1.0),
        Comparison("quality", "tilted", 0.0),
        Comparison("quality", "blurred", 2.0),
        Comparison("word", "beach", -1.0),
    ]
    blurred, tilted = shares(found, "quality")
    assert (blurred.name, blurred.count, blurred.right, blurred.margin) == ("blurred", 1, 1.0, 2.0)
    assert (tilted.name, tilted.count, tilted.right, tilted.margin) == ("tilted", 2, 0.5, 0.5)


def test_the_report_is_what_comes_out(trained: Path, tmp_path: Path) -> None:
    written = write_report(trained, tmp_path, pairs=20)
    assert json.loads((tmp_path / FIGURES).read_bytes()) == written
    again, _ = evaluate(torch_judge(trained), 20)
    for row, other in zip(written["kinds"], again["kinds"], strict=True):
        assert row == other
    text = (tmp_path / TEXT).read_text()
    for row in written["kinds"]:
        bar = f"{BARS[row['name']]:.0%}" if row["name"] in BARS else "about 50%"
        assert f"| {row['count']} | {row['right']:.1%} | {bar} |" in text
    with Image.open(tmp_path / SHEET) as sheet:
        assert sheet.width > 600
        assert np.asarray(sheet).std() > 10
