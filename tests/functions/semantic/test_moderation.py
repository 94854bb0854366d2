"""Moderation: classes, the descriptions behind them, and what is never called safe."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.gate import DecisionThresholds, Gate
from functions.semantic.model import SemanticModel
from functions.semantic.schemas.moderate import ModerateOptions
from functions.semantic.settings import Settings
from taxonomy import Taxonomy
from tests.functions.calls import Answer, Call, Transport, check_contract, through_asgi, with_picture
from tests.functions.fakes import (
    LOGIT_BIAS,
    LOGIT_SCALE,
    TEMPERATURE,
    ColorEncoder,
    fake_model,
    prompt_matrix,
    prompt_rows,
)
from tests.functions.pictures import blocks, encoded

EMBEDDING = ColorEncoder().embed(blocks())
PICTURE = encoded(blocks(), "PNG")
THRESHOLDS = DecisionThresholds(detection=0.25, alignment=0.5, minor=0.2)

Send = Callable[[Call], Answer]


def by_hand(words: Taxonomy) -> dict[str, dict[str, float]]:
    """logit by class and description, and by neutral description under the key ""."""
    rows = prompt_rows(words)
    logits: dict[str, dict[str, float]] = {}
    for row, vector in zip(rows, prompt_matrix(rows), strict=True):
        if row.kind == "moderation" or (row.kind == "neutral" and row.style is None):
            cosine = float(np.dot(vector.astype(np.float64), EMBEDDING.astype(np.float64)))
            name = row.name if row.kind == "moderation" else ""
            logits.setdefault(name, {})[row.text or ""] = math.exp(LOGIT_SCALE) * cosine + LOGIT_BIAS
    return logits


def test_confidence_and_probability_by_hand(words: Taxonomy, model: SemanticModel) -> None:
    logits = by_hand(words)
    neutral = logits.pop("")
    level = math.log(sum(map(math.exp, neutral.values())) / len(neutral))
    total = sum(math.exp(logit) for one in logits.values() for logit in one.values())
    scores = {score.name: score for score in model.detector.moderate(EMBEDDING)}
    assert list(scores) == [entry.name for entry in words.moderation]
    for name, descriptions in logits.items():
        score = scores[name]
        assert {one.text: one.logit for one in score.descriptions} == pytest.approx(descriptions)
        assert score.confidence == pytest.approx(
            1 / (1 + math.exp(-(max(descriptions.values()) - level) / TEMPERATURE))
        )
        assert score.probability == pytest.approx(sum(map(math.exp, descriptions.values())) / total)
    assert sum(score.probability or 0 for score in scores.values()) == pytest.approx(1)
    assert scores["minor"].confidence == model.detector.minor(EMBEDDING)


def test_the_endpoint(transport: Transport, words: Taxonomy) -> None:
    answer = transport(with_picture(PICTURE, "/moderate"))
    assert answer.status == 200, answer.json
    check_contract("ModerateResponse", answer.json)
    classes = answer.json["classes"]
    assert {entry["name"] for entry in classes} == {entry.name for entry in words.moderation}
    probabilities = [entry["probability"] for entry in classes]
    assert probabilities == sorted(probabilities, reverse=True)
    for entry in classes:
        logits = [one["logit"] for one in entry["descriptions"]]
        assert logits == sorted(logits, reverse=True)
        assert len(logits) >= 3
        if entry["threshold"] is None:
            assert entry["flagged"] is None
        else:
            assert entry["flagged"] is (entry["confidence"] >= entry["threshold"])
    assert answer.json["is_safe"] is not any(entry["flagged"] for entry in classes)
    assert answer.json["warnings"] == []


def gate_of(words: Taxonomy, covers: list[str] | None = None, **thresholds: float) -> Gate:
    return Gate(words, fake_model(words, covers=covers).detector, replace(THRESHOLDS, **thresholds))


def flags(gate: Gate, **options: Any) -> tuple[dict[str, bool | None], bool | None]:
    result = gate.moderation.judge(EMBEDDING, ModerateOptions(**options))
    return {entry.name: entry.flagged for entry in result.classes}, result.is_safe


def test_a_request_sets_the_unsafe_classes_threshold_but_not_minors(words: Taxonomy) -> None:
    everything, _ = flags(gate_of(words, minor=0.0), threshold=1)
    assert everything["minor"] is True, "no request can turn it off"
    assert everything["explicit"] is everything["violence"] is False
    sensitive, safe = flags(gate_of(words, minor=1.0), threshold=0)
    assert (sensitive["minor"], sensitive["explicit"], sensitive["violence"], safe) == (False, True, True, False)
    assert [name for name, flag in sensitive.items() if flag is None] == [
        name for name in sensitive if name not in {"minor", "explicit", "violence"}
    ]


def test_what_is_not_covered_is_never_safe(words: Taxonomy) -> None:
    seen, safe = flags(gate_of(words, ["explicit", "violence", "neutral"]), threshold=1)
    assert (seen["minor"], safe) == (None, None)
    flagged, unsafe = flags(gate_of(words, ["explicit", "neutral"]), threshold=0)
    assert (flagged["explicit"], unsafe) == (True, False)


def test_a_model_that_covers_none_says_so(words: Taxonomy, settings: Settings) -> None:
    made = fake_model(words, covers=["anime"])
    app = create_app(Loading(lambda: made).start(), words, settings)
    answer = through_asgi(app, with_picture(PICTURE, "/moderate"))[0]
    assert answer.json["is_safe"] is None
    assert {(entry["confidence"], entry["flagged"]) for entry in answer.json["classes"]} == {(None, None)}
    assert [notice["code"] for notice in answer.json["warnings"]] == ["class_not_covered"]
    check_contract("ModerateResponse", answer.json)


def test_raw_body_and_threshold_in_the_query(send: Send) -> None:
    raw = send(Call("/moderate", PICTURE, content_type="image/png", query="threshold=0.9"))
    document = send(with_picture(PICTURE, "/moderate", threshold=0.9))
    assert raw.json["classes"] == document.json["classes"]
