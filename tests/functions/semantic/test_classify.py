"""Open labels as a caller meets them: modes, templates, order, limits, and artifacts that know none."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from fastapi import FastAPI

from functions.common.artifact import ArtifactError
from functions.common.deployment import BatchLimits
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.labels import LabelEmbeddings
from functions.semantic.model import SemanticModel
from functions.semantic.settings import Settings
from taxonomy import Taxonomy
from tests.functions.calls import (
    Answer,
    Call,
    Transport,
    as_base64,
    check_contract,
    check_problem,
    through_asgi,
    with_picture,
)
from tests.functions.deployments import redeployed
from tests.functions.fakes import (
    LOGIT_BIAS,
    LOGIT_SCALE,
    TEMPERATURE,
    ColorEncoder,
    WordEncoder,
    fake_model,
    prompt_matrix,
    prompt_rows,
)
from tests.functions.pictures import MARKER, blocks, encoded

PICTURE = encoded(blocks(), "PNG")
EMBEDDING = ColorEncoder().embed(blocks()).astype(np.float64)
LABELS = ["a dancer", "Beach!", "🙂", "ein Schloß am Meer", "a_b"]
TEXTS = ["a dancer", "beach", "🙂", "ein schloß am meer", "a b"]

Send = Callable[[Call], Answer]


def classify(*labels: str, **fields: Any) -> Call:
    return with_picture(PICTURE, "/classify", labels=list(labels), **fields)


def root(*labels: str) -> Call:
    return Call("/", json.dumps({"image_data": as_base64(PICTURE), "labels": labels}).encode())


def logit_of(text: str) -> float:
    cosine = float(np.dot(WordEncoder().encode(text).vector.astype(np.float64), EMBEDDING))
    return math.exp(LOGIT_SCALE) * cosine + LOGIT_BIAS


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def softmax(logits: list[float]) -> list[float]:
    total = sum(map(math.exp, logits))
    return [math.exp(logit) / total for logit in logits]


def app_of(words: Taxonomy, settings: Settings, model: SemanticModel) -> FastAPI:
    return create_app(Loading(lambda: model).start(), words, settings)


def check(answer: Answer, confidences: dict[str, float], mode: str) -> None:
    """The answer's whole result, by hand."""
    assert answer.status == 200, answer.json
    check_contract("ClassifyResponse", answer.json)
    assert answer.json["mode"] == mode
    results = answer.json["results"]
    assert [one["confidence"] for one in results] == sorted((one["confidence"] for one in results), reverse=True)
    assert {one["label"]: one["confidence"] for one in results} == pytest.approx(confidences)
    by_label = dict(zip(LABELS, TEXTS, strict=True))
    for one in results:
        assert set(one) == {"label", "logit", "raw", "confidence"}
        assert one["logit"] == pytest.approx(logit_of(by_label[one["label"]]))
        assert one["raw"] == pytest.approx(sigmoid(one["logit"]))


def test_exclusive(transport: Transport) -> None:
    answer = transport(classify(*LABELS))
    check(answer, dict(zip(LABELS, softmax([logit_of(text) for text in TEXTS]), strict=True)), "exclusive")
    assert math.fsum(one["confidence"] for one in answer.json["results"]) == pytest.approx(1, abs=1e-12)
    assert set(answer.json["timing_ms"]) == {
        *("load", "decode", "preprocess", "queue", "inference", "labels", "score", "total")
    }
    assert answer.json["warnings"] == []


def test_independent_raw(send: Send) -> None:
    answer = send(classify(*LABELS, mode="independent", profile="raw"))
    check(answer, {label: sigmoid(logit_of(text)) for label, text in zip(LABELS, TEXTS, strict=True)}, "independent")


def test_independent_contrast_is_with_neutral_of_no_style(send: Send, words: Taxonomy) -> None:
    rows = prompt_rows(words)
    neutral = [
        math.exp(math.exp(LOGIT_SCALE) * float(np.dot(vector.astype(np.float64), EMBEDDING)) + LOGIT_BIAS)
        for row, vector in zip(rows, prompt_matrix(rows), strict=True)
        if row.kind == "neutral" and row.style is None
    ]
    level = math.log(sum(neutral) / len(neutral))
    expected = {
        label: sigmoid((logit_of(text) - level) / TEMPERATURE) for label, text in zip(LABELS, TEXTS, strict=True)
    }
    check(send(classify(*LABELS, mode="independent")), expected, "independent")
    check(send(classify(*LABELS, mode="independent", profile="contrast")), expected, "independent")


def by_label(answer: Answer) -> dict[str, tuple[float, ...]]:
    assert answer.status == 200, answer.json
    return {one["label"]: (one["logit"], one["raw"], one["confidence"]) for one in answer.json["results"]}


def test_order_changes_nothing_and_company_only_shares(send: Send, words: Taxonomy, settings: Settings) -> None:
    forth, back = by_label(send(classify(*LABELS))), by_label(send(classify(*reversed(LABELS))))
    assert forth == back
    fresh = app_of(words, settings, fake_model(words))
    alone = [by_label(through_asgi(fresh, classify(label, mode="independent"))[0])[label] for label in LABELS]
    together = by_label(send(classify(*LABELS, mode="independent")))
    assert [together[label] for label in LABELS] == alone
    assert [forth[label][:2] for label in LABELS] == [scores[:2] for scores in alone]


def test_order_changes_nothing_however_many_are_added_up(send: Send) -> None:
    labels = [f"label {number}" for number in range(256)]
    assert by_label(send(classify(*labels))) == by_label(send(classify(*reversed(labels))))


def test_a_template_is_the_words_around(send: Send) -> None:
    answer = send(classify("Dancer", "beach", template="A picture of {label}."))
    logits = {one["label"]: one["logit"] for one in answer.json["results"]}
    assert logits == pytest.approx({"Dancer": logit_of("a picture of dancer"), "beach": logit_of("a picture of beach")})


def test_one_label_and_256(send: Send) -> None:
    assert [one["confidence"] for one in send(classify("a")).json["results"]] == [1.0]
    many = send(classify(*(f"label {number}" for number in range(256))))
    assert many.status == 200
    assert math.fsum(one["confidence"] for one in many.json["results"]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("make", [classify, root])
def test_a_label_that_nothing_is_compared_with_is_said(make: Callable[..., Call], send: Send) -> None:
    alone = send(make("a lake")).json["warnings"]
    assert [notice["code"] for notice in alone] == ["single_label"]
    assert send(make("a lake", "a boat")).json["warnings"] == []
    assert send(classify("a lake", mode="independent")).json["warnings"] == []


def test_raw_picture_with_labels_in_the_query(transport: Transport) -> None:
    query = urlencode({"labels": ["a dancer", "🙂,Beach!"], "template": "art of {label}"}, doseq=True)
    raw = transport(Call("/classify", PICTURE, content_type="image/png", query=query))
    assert raw.status == 200, raw.json
    document = transport(classify("a dancer", "🙂", "Beach!", template="art of {label}"))
    assert raw.json["results"] == document.json["results"]


def test_the_plain_endpoint(transport: Transport) -> None:
    answer = transport(root(*LABELS))
    assert answer.status == 200, answer.json
    check_contract("LabelsResponse", answer.json)
    assert list(answer.json["result"]) == LABELS
    assert list(answer.json["result"].values()) == pytest.approx(softmax([logit_of(text) for text in TEXTS]))
    exclusive = by_label(transport(classify(*LABELS)))
    assert answer.json["result"] == {label: scores[2] for label, scores in exclusive.items()}
    assert set(answer.json) == {"result", "minor", "request_id", "model", "timing_ms", "cost", "warnings"}


@pytest.mark.parametrize("make", [classify, root])
def test_labels_about_people_bring_minor(make: Callable[..., Call], send: Send, model: SemanticModel) -> None:
    confidence = model.detector.minor(ColorEncoder().embed(blocks()))
    assert confidence is not None
    expected = {"confidence": confidence, "threshold": 0.2, "flagged": confidence >= 0.2}
    for labels in (["Latex"], ["a lake", "Maid-outfit?"], ["maid outfit"], ["man/boat"], ["a TEENAGER"]):
        assert send(make(*labels)).json["minor"] == expected, labels
    assert send(make("a lake", "cyberpunk", "an anime drawing")).json["minor"] is None


def test_a_template_about_people_brings_minor_too(send: Send) -> None:
    assert send(classify("lake", template="a woman/{label}")).json["minor"] is not None
    assert send(classify("outfit", template="a maid {label}")).json["minor"] is not None
    assert send(classify("lake", template="a boat on a {label}")).json["minor"] is None


@pytest.mark.parametrize("make", [classify, root])
def test_minor_not_covered_is_null_never_safe(make: Callable[..., Call], words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, settings, fake_model(words, covers=["beach"]))
    people, places = through_asgi(app, make("a woman", "a lake"), make("a lake", "a boat"))
    assert people.json["minor"] == {"confidence": None, "threshold": 0.2, "flagged": None}
    assert people.json["warnings"] == [
        {"code": "minor_not_covered", "detail": "this model cannot recognise minors; null does not mean safe"}
    ]
    assert (places.json["minor"], places.json["warnings"]) == (None, [])


def test_what_is_too_long_to_be_read_is_said(send: Send) -> None:
    answer = send(classify("a", " ".join("abcdefgh" * 6)))
    assert [notice["code"] for notice in answer.json["warnings"]] == ["label_truncated"]
    assert answer.json["warnings"][0]["detail"].endswith("labels[1]")


@pytest.mark.parametrize("make", [classify, root])
def test_pointers(make: Callable[..., Call], send: Send) -> None:
    for labels, pointer in (
        (["a", MARKER, "b", MARKER.upper()], "/labels/3"),
        (["a", "?!"], "/labels/1"),
        (["a", ""], "/labels/1"),
    ):
        assert check_problem(send(make(*labels)), 422, "invalid_request")["pointer"] == pointer
    problem = check_problem(send(classify("a", template=MARKER)), 422, "invalid_request")
    assert problem["pointer"] == "/template"
    body = json.dumps({"image_data": as_base64(MARKER.encode()), "labels": ["a"]}).encode()
    assert check_problem(send(Call("/", body)), 415, "unsupported_image")["pointer"] == "/image_data"


def test_too_many_new_labels_for_the_time_left(words: Taxonomy, settings: Settings) -> None:
    encoder = WordEncoder()
    hurried = redeployed(settings, batch=BatchLimits(seconds=0.0, max_pixels=1))
    app = app_of(words, hurried, fake_model(words, text=encoder))
    labels = [f"{MARKER} {number}" for number in range(40)]
    problem = check_problem(through_asgi(app, classify(*labels))[0], 413, "too_many_new_labels")
    assert (problem["limit"], problem["actual"], problem["pointer"]) == (16, 40, "/labels")
    assert "sending the same request again gets further" in problem["detail"]
    again = check_problem(through_asgi(app, classify(*labels))[0], 413, "too_many_new_labels")
    assert again["actual"] == 24
    assert through_asgi(app, classify(*labels))[0].status == 200
    assert len(encoder.encoded) == 40
    assert through_asgi(app, root(*labels[:16], *(f"new {number}" for number in range(16))))[0].status == 200


def test_an_artifact_without_its_text_tower(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, settings, fake_model(words, open_labels=False))
    for call in (classify(MARKER), root(MARKER)):
        problem = check_problem(through_asgi(app, call)[0], 501, "not_implemented")
        assert problem["detail"].startswith("this model was exported without its text tower")
    check_problem(through_asgi(app, classify("a", "a"))[0], 422, "invalid_request")
    info, detected = through_asgi(app, Call("/info", method="GET", content_type=None), with_picture(PICTURE))
    assert info.json["open_labels"] is False
    assert detected.status == 200


def test_a_damaged_text_tower_costs_labels_and_nothing_else(words: Taxonomy, settings: Settings) -> None:
    def broken() -> WordEncoder:
        raise ArtifactError(MARKER)

    model = replace(fake_model(words), labels=LabelEmbeddings(broken))
    app = app_of(words, settings, model)
    for call in (classify("a"), root("b")):
        check_problem(through_asgi(app, call)[0], 503, "model_unavailable")
    assert through_asgi(app, with_picture(PICTURE))[0].status == 200
