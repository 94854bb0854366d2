"""Every endpoint as a caller sees it: whole answers, headers, options, refusals, and what load does."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import onnxruntime
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray
from PIL import Image

from functions.common import invocation
from functions.common.loading import Loading
from functions.common.sources import open_sources
from functions.semantic.api import create_app
from functions.semantic.model import SemanticModel, open_model
from functions.semantic.settings import Settings, read_settings
from taxonomy import Taxonomy
from tests.functions.artifacts import change_manifest, write_artifact
from tests.functions.calls import (
    CONTRACT,
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
from tests.functions.fakes import COLORS, DIGEST, ColorEncoder, fake_model
from tests.functions.pictures import MARKER, animated, blocks, encoded, jpeg, noise, plain, webp

PICTURE = encoded(blocks(), "PNG")
BLUE = encoded(plain(COLORS["blue_hair"]), "PNG")
SOON = 60.0
ENVELOPE = {"request_id", "model", "timing_ms", "cost", "warnings"}

Send = Callable[[Call], Answer]


def get(path: str) -> Call:
    return Call(path, method="GET", content_type=None)


def app_of(words: Taxonomy, settings: Settings, **model: Any) -> FastAPI:
    made = fake_model(words, **model)
    return create_app(Loading(lambda: made).start(), words, settings)


def envelope_of(answer: Answer) -> dict[str, Any]:
    """The envelope, once it is known to agree with the headers."""
    envelope = {key: answer.json[key] for key in ENVELOPE}
    assert answer.headers["content-type"] == "application/json"
    assert envelope["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-model-digest"] == DIGEST
    assert envelope["model"] == {
        "id": "fake-colors",
        "revision": "r1",
        "precision": "fp32",
        "digest": DIGEST,
        "demo": False,
    }
    timing, cost = envelope["timing_ms"], envelope["cost"]
    # Headers are rounded to 0.1 ms, stages to 0.001 ms.
    assert float(answer.headers["x-total-time"]) >= timing["total"] - 0.06
    assert float(answer.headers["x-inference-time"]) == pytest.approx(timing.get("inference", 0.0), abs=0.06)
    assert sum(spent for stage, spent in timing.items() if stage != "total") <= timing["total"] + 0.01
    assert answer.headers["x-cost-usd"] == cost["usd"]
    # 4096 MB on arm64, on demand, behind a REST API: AWS's price list of 2025-10-01
    gb_seconds = Decimal(cost["billed_ms"]) * 4 / 1000
    compute = gb_seconds * Decimal("0.0000133334")
    amounts = {
        "gb_seconds": gb_seconds,
        "compute_usd": compute,
        "request_usd": Decimal("0.0000002"),
        "gateway_usd": Decimal("0.0000035"),
        "usd": compute + Decimal("0.0000037"),
        "rate_usd_per_gb_second": Decimal("0.0000133334"),
    }
    assert {key: Decimal(cost[key]) for key in amounts} == amounts
    assert cost["billed_ms"] >= 1
    # What is told of pictures is for tests of receipts.
    assert {key: cost[key] for key in set(cost) - set(amounts) - {"billed_ms", "items", "compared_with"}} == {
        "memory_mb": 4096,
        "architecture": "arm64",
        "rate": "on_demand",
        "estimated": True,
        "estimated_for": {"memory_mb": 4096, "architecture": "arm64"},
        "ephemeral_mb": 512,
        "init_ms": 0,
        "instance": None,
        "price_table": {"region": "us-east-1", "effective": "2025-10-01"},
    }
    return envelope


def result_of(answer: Answer) -> dict[str, Any]:
    return {key: value for key, value in answer.json.items() if key not in ENVELOPE}


def test_detect(transport: Transport, model: SemanticModel) -> None:
    answer = transport(with_picture(BLUE, include=["hair_colors"], max_results=1))
    assert answer.status == 200
    check_contract("DetectResponse", answer.json)
    embedding = ColorEncoder().embed(plain(COLORS["blue_hair"]))
    (score,) = model.detector.score(embedding, ["blue_hair"])
    minor = model.detector.minor(embedding)
    assert minor is not None
    assert result_of(answer) == {
        "attributes": [
            {
                "filter": "blue_hair",
                "category": "hair_colors",
                "covered": True,
                "logit": score.logit,
                "raw": score.raw,
                "confidence": score.confidence,
                "threshold": 0.25,
            }
        ],
        "minor": {"confidence": minor, "threshold": 0.2, "flagged": minor >= 0.2},
        "profile": "contrast",
    }
    envelope = envelope_of(answer)
    assert envelope["warnings"] == []
    assert set(envelope["timing_ms"]) == {
        "load",
        "decode",
        "preprocess",
        "queue",
        "inference",
        "score",
        "total",
    }


def test_align(transport: Transport, model: SemanticModel) -> None:
    call = with_picture(BLUE, "/align", requested_filters=["red_hair", "beach"], threshold=0.9, profile="raw")
    answer = transport(call)
    assert answer.status == 200
    check_contract("AlignResponse", answer.json)
    embedding = ColorEncoder().embed(plain(COLORS["blue_hair"]))
    scores = model.detector.score(embedding, ["red_hair", "beach"], profile="raw")
    prompts = model.detector.best_prompts(embedding, ["red_hair", "beach"])
    (blue,) = model.detector.score(embedding, ["blue_hair"], profile="raw")
    nearest = {
        "filter": "blue_hair",
        "category": "hair_colors",
        "logit": blue.logit,
        "raw": blue.raw,
        "confidence": blue.raw,
    }
    minor = model.detector.minor(embedding)
    assert minor is not None
    assert result_of(answer) == {
        "is_aligned": False,
        "alignment_score": min(score.confidence or 0 for score in scores),
        "matched_filters": [],
        "missing_filters": ["red_hair", "beach"],
        "scores": [
            {
                "filter": score.filter,
                "category": category,
                "covered": True,
                "logit": score.logit,
                "raw": score.raw,
                "confidence": score.raw,
                "threshold": 0.9,
                "prompt": {"text": prompt.text, "logit": prompt.logit},
                "nearest_in_group": nearest if score.filter == "red_hair" else None,
            }
            for score, prompt, category in zip(scores, prompts, ("hair_colors", "aesthetics"), strict=True)
            if prompt is not None
        ],
        "nearest": nearest,
        "minor": {"confidence": minor, "threshold": 0.2, "flagged": minor >= 0.2},
        "moderation": None,
        "reasons": ["missing_filters", *(["minor"] if minor >= 0.2 else [])],
        "threshold": 0.9,
        "profile": "raw",
    }
    assert envelope_of(answer)["warnings"] == []


def test_a_picture_that_shows_what_was_asked_for(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, replace(settings, minor_threshold=1.0))
    answer = through_asgi(app, with_picture(BLUE, "/align", requested_filters=["blue_hair"]))[0]
    assert result_of(answer) | {"scores": None, "nearest": None, "minor": None, "alignment_score": None} == {
        "is_aligned": True,
        "alignment_score": None,
        "matched_filters": ["blue_hair"],
        "missing_filters": [],
        "scores": None,
        "nearest": None,
        "minor": None,
        "moderation": None,
        "reasons": [],
        "threshold": 0.5,
        "profile": "contrast",
    }


@pytest.mark.parametrize(("demo", "codes"), [(True, ["demo_model"]), (False, [])])
def test_a_demo_model_says_what_its_word_is_worth(
    words: Taxonomy, settings: Settings, demo: bool, codes: list[str]
) -> None:
    """Once for a call that judges, and for no other."""
    model = fake_model(words)
    manifest = model.artifact.manifest
    identity = manifest.model.model_copy(update={"demo": demo})
    artifact = replace(model.artifact, manifest=manifest.model_copy(update={"model": identity}))
    app = create_app(Loading(lambda: replace(model, artifact=artifact)).start(), words, settings)
    picture = as_base64(PICTURE)
    judging = [
        with_picture(PICTURE),
        with_picture(PICTURE, "/align", requested_filters=["beach"]),
        with_picture(PICTURE, "/moderate"),
        with_picture(PICTURE, "/classify", labels=["a", "b"]),
        Call("/batch", json.dumps({"images": [{"image_base64": picture}] * 2}).encode()),
        Call("/", json.dumps({"image_data": picture, "labels": ["a", "b"]}).encode()),
    ]
    posts = {path for path, methods in CONTRACT["paths"].items() if "post" in methods}
    assert {call.path for call in judging} == posts
    for answer in through_asgi(app, *judging):
        assert [notice["code"] for notice in answer.json["warnings"]] == codes
    for answer in through_asgi(app, get("/info"), get("/filters"), get("/health")):
        assert answer.json["warnings"] == []


def test_filters(transport: Transport, words: Taxonomy) -> None:
    answer = transport(get("/filters"))
    assert answer.status == 200
    check_contract("FiltersResponse", answer.json)
    envelope_of(answer)
    assert result_of(answer) == {
        "filters": [
            {
                "name": entry.name,
                "category": entry.category,
                "prompts": list(entry.prompts),
                "sensitive": entry.sensitive,
                "group": entry.group,
                "covered": True,
                "fitted": False,
            }
            for entry in words.filters
        ],
        "categories": [
            {
                "name": category.name,
                "title": category.title,
                "sensitive": category.sensitive,
                "about_people": category.about_people,
                "filters": len(words.in_category(category.name)),
            }
            for category in words.categories
        ],
        "styles": [
            {"name": style.name, "title": style.title, "templates": list(style.templates)} for style in words.styles
        ],
        "total": len(words.filters),
        "covered": len(words.filters),
    }


def test_info(transport: Transport, words: Taxonomy) -> None:
    answer = transport(get("/info"))
    assert answer.status == 200
    check_contract("InfoResponse", answer.json)
    envelope_of(answer)
    info = result_of(answer)
    assert info["engine"].pop("processor") != ""
    assert info.pop("load_ms") >= 0
    assert info == {
        "service": "semantic",
        "version": "0.1.0",
        "device": "cpu",
        "engine": {"name": "onnxruntime", "version": onnxruntime.__version__, "threads": 1},
        "precision": {
            "precision": "fp32",
            "target": "portable",
            "pictures": None,
            "pictures_digest": None,
            "canaries": [],
            "gate": None,
        },
        "input": {"height": 4, "width": 4, "resample": "box"},
        "thresholds": {"detection": 0.25, "alignment": 0.5, "minor": 0.2},
        "open_labels": True,
        "profiles": ["raw", "contrast"],
        "temperature": 1.5,
        "sources": {"image_url": False, "s3": False},
        "limits": {
            "max_request_bytes": 6_291_556,
            "max_image_pixels": 40_000_000,
            "max_download_bytes": 20_000_000,
            "fetch_timeout_seconds": 5.0,
            "image_formats": ["JPEG", "PNG", "WEBP"],
            "queue": 8,
            "max_requested_filters": 64,
            "batch": {
                "max_images": 50,
                "max_pixels": 400_000_000,
                "seconds": 25.0,
                "margin_seconds": 1.0,
                "concurrency": 1,
            },
            "labels": {"max_labels": 256, "max_characters": 512, "max_tokens": None, "new_labels": 16},
        },
        "taxonomy_digest": words.digest,
        "filters": len(words.filters),
        "covered_filters": len(words.filters),
    }


def test_health(transport: Transport) -> None:
    answer = transport(get("/health"))
    assert answer.status == 200
    check_contract("HealthResponse", answer.json)
    envelope_of(answer)
    assert result_of(answer) == {
        "status": "ok",
        "model_loaded": True,
        "device": "cpu",
        "gpu": {"available": False, "name": None},
    }


def test_a_load_balancer_may_ask_with_head(transport: Transport) -> None:
    answer = transport(replace(get("/health"), method="HEAD"))
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-model-digest"] == DIGEST


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_the_contract_is_served(send: Send, path: str) -> None:
    assert send(get(path)).status == 200


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/detect", "POST"),
        ("/align", "POST"),
        ("/batch", "POST"),
        ("/classify", "POST"),
        ("/moderate", "POST"),
        ("/", "POST"),
        ("/filters", "GET, HEAD"),
        ("/info", "GET, HEAD"),
        ("/health", "GET, HEAD"),
    ],
)
def test_other_methods(transport: Transport, path: str, allow: str) -> None:
    for method in {"GET", "POST", "PUT", "DELETE"} - set(allow.split(", ")):
        answer = transport(replace(with_picture(PICTURE), path=path, method=method))
        check_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == allow


@pytest.mark.parametrize("data", [PICTURE, jpeg(), webp(), animated("PNG")], ids=["png", "jpeg", "webp", "apng"])
@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/detect", {}),
        ("/detect", {"min_confidence": 0.1, "max_results": 3, "style": "anime", "profile": "raw"}),
        ("/detect", {"include": ["style", "outfits"], "exclude": ["latex"], "min_confidence": 0}),
        ("/align", {"requested_filters": ["blue_hair", "woman"], "threshold": 0.3333333333333333}),
    ],
)
def test_a_raw_body_says_what_json_says(transport: Transport, data: bytes, path: str, options: dict[str, Any]) -> None:
    """Bit for bit, with the options in the query: repeated, or separated by commas."""
    from_json = transport(with_picture(data, path, **options))
    assert from_json.status == 200
    for joined in (True, False):
        flat = {key: ",".join(value) if joined and isinstance(value, list) else value for key, value in options.items()}
        query = urlencode(flat, doseq=True)
        for content_type in ("image/png", "image/jpeg", "image/x-anything", "IMAGE/PNG; charset=x"):
            raw = transport(Call(path, data, content_type=content_type, query=query))
            assert raw.status == 200
            assert result_of(raw) == result_of(from_json)
            assert raw.json["warnings"] == from_json.json["warnings"]


def test_a_data_uri_and_json_without_a_content_type(transport: Transport) -> None:
    expected = result_of(transport(with_picture(PICTURE)))
    call = with_picture(PICTURE)
    uri = json.loads(call.body)["image_base64"]
    as_uri = replace(call, body=json.dumps({"image_base64": f"data:image/png;base64,{uri}"}).encode())
    assert result_of(transport(as_uri)) == expected
    for content_type in (None, "application/json; charset=utf-8", "application/vnd.example+json"):
        assert result_of(transport(replace(call, content_type=content_type))) == expected


def test_a_picture_scores_the_same_however_it_is_stored(send: Send) -> None:
    expected = result_of(send(with_picture(PICTURE, min_confidence=0)))
    for data in (webp(), animated("WEBP"), animated("PNG"), encoded(blocks().convert("RGBA"), "PNG")):
        assert result_of(send(with_picture(data, min_confidence=0))) == expected


def test_profile_and_style_change_confidences_alone(send: Send) -> None:
    def by_filter(**options: Any) -> dict[str, dict[str, Any]]:
        answer = send(with_picture(PICTURE, min_confidence=0, **options))
        assert answer.json["profile"] == options.get("profile", "contrast")
        return {score["filter"]: score for score in answer.json["attributes"]}

    contrast, raw, anime = by_filter(), by_filter(profile="raw"), by_filter(style="anime")
    assert set(contrast) == set(raw) == set(anime)
    for name, score in raw.items():
        assert score["confidence"] == score["raw"] == contrast[name]["raw"]
        assert score["logit"] == contrast[name]["logit"]
    assert any(contrast[name]["confidence"] != raw[name]["confidence"] for name in raw)
    assert contrast["beach"]["logit"] != anime["beach"]["logit"]
    assert contrast["anime"] == anime["anime"]


def test_the_fitted_profile_where_there_is_one(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, settings, fitted={"beach": (0.5, -1.0)})
    info, fitted = through_asgi(app, get("/info"), with_picture(PICTURE, profile="fitted", min_confidence=0))
    assert info.json["profiles"] == ["raw", "contrast", "fitted"]
    (score,) = fitted.json["attributes"]
    assert score["filter"] == "beach"
    assert score["confidence"] == pytest.approx(1 / (1 + np.exp(1 - 0.5 * score["logit"])), abs=1e-12)
    (warning,) = fitted.json["warnings"]
    assert warning["code"] == "filter_not_fitted"
    others = [entry.name for entry in words.filters if not entry.sensitive and entry.name != "beach"]
    assert warning["detail"] == (
        f"{len(others)} of {len(others) + 1} filters without a fit have no confidence and never count as shown: "
        + ", ".join(others)
    )


def test_filters_without_a_fit_are_named_once_and_sensitive_ones_only_when_named(
    words: Taxonomy, settings: Settings
) -> None:
    app = app_of(words, settings, fitted={"beach": (0.5, -1.0)}, covers=["beach", "forest", "woman", "minor"])
    aligned, batch, filters = through_asgi(
        app,
        with_picture(PICTURE, "/align", profile="fitted", requested_filters=["woman", "beach", "latex"], threshold=0),
        Call(
            "/batch",
            json.dumps(
                {
                    "images": [{"image_base64": as_base64(PICTURE)}],
                    "requested_filters": ["forest", "beach"],
                    "profile": "fitted",
                }
            ).encode(),
        ),
        get("/filters"),
    )
    assert (aligned.json["is_aligned"], aligned.json["alignment_score"]) == (False, None)
    assert aligned.json["matched_filters"] == ["beach"]
    assert aligned.json["reasons"][:3] == ["missing_filters", "not_covered", "not_fitted"]
    assert aligned.json["warnings"] == [
        {"code": "filter_not_covered", "detail": "this model was not trained to recognise: latex"},
        {
            "code": "filter_not_fitted",
            "detail": "1 of 3 filters without a fit have no confidence and never count as shown: woman",
        },
    ]
    (warning,) = batch.json["warnings"]
    assert warning["detail"].endswith("shown: forest")
    assert {entry["name"] for entry in filters.json["filters"] if entry["fitted"]} == {"beach"}
    for answer, schema in ((aligned, "AlignResponse"), (batch, "BatchResponse")):
        check_contract(schema, answer.json)


def test_fits_are_read_from_the_manifest(words: Taxonomy, settings: Settings, tmp_path: Path) -> None:
    write_artifact(tmp_path, words)
    call = with_picture(PICTURE, "/align", profile="fitted", requested_filters=["beach"])

    def served() -> Answer:
        return through_asgi(create_app(Loading(lambda: open_model(tmp_path, words, 1)).start(), words, settings), call)[
            0
        ]

    problem = check_problem(served(), 422, "invalid_request")
    assert (problem["pointer"], problem["detail"]) == ("/profile", "with this model, profile must be raw or contrast")

    def fit(document: dict[str, Any]) -> None:
        document["scoring"]["fitted"] = {"beach": [0.25, 1.5]}

    change_manifest(tmp_path, fit)
    (score,) = served().json["scores"]
    assert score["confidence"] == pytest.approx(1 / (1 + np.exp(-1.5 - 0.25 * score["logit"])), abs=1e-12)


def test_info_says_which_sources_are_on_and_names_none(
    words: Taxonomy, model: SemanticModel, settings: Settings, tmp_path: Path
) -> None:
    internal = "pictures.internal.example"
    on = read_settings({"SEMANTIC_ARTIFACTS": str(tmp_path), "ALLOWED_URL_HOSTS": f"https://{internal}:8443"})
    answer = through_asgi(create_app(Loading(lambda: model).start(), words, on), get("/info"))[0]
    assert answer.json["sources"] == {"image_url": True, "s3": False}
    s3 = read_settings({"SEMANTIC_ARTIFACTS": str(tmp_path), "ALLOWED_S3": f"{internal}/x"})
    objects = open_sources(s3.deployment.sources)
    both = through_asgi(create_app(Loading(lambda: model).start(), words, settings, objects), get("/info"))[0]
    assert both.json["sources"] == {"image_url": False, "s3": True}
    assert internal not in answer.body.decode() + both.body.decode()


def test_thresholds_are_the_deployments_unless_given(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, replace(settings, detection_threshold=0.0, alignment_threshold=0.125, minor_threshold=0.75))
    detected, aligned, given, info = through_asgi(
        app,
        with_picture(PICTURE),
        with_picture(PICTURE, "/align", requested_filters=["latex"]),
        with_picture(PICTURE, "/align", requested_filters=["latex"], threshold=0),
        get("/info"),
    )
    assert {score["threshold"] for score in detected.json["attributes"]} == {0.0}
    assert len(detected.json["attributes"]) == sum(not entry.sensitive for entry in words.filters)
    assert aligned.json["threshold"] == aligned.json["scores"][0]["threshold"] == 0.125
    assert given.json["threshold"] == 0.0
    assert {answer.json["minor"]["threshold"] for answer in (detected, aligned, given)} == {0.75}
    assert info.json["thresholds"] == {"detection": 0.0, "alignment": 0.125, "minor": 0.75}


def test_sensitive_filters_only_when_named(send: Send, words: Taxonomy) -> None:
    sensitive = {entry.name for entry in words.filters if entry.sensitive}

    def found(**options: Any) -> set[str]:
        return {
            score["filter"] for score in send(with_picture(PICTURE, min_confidence=0, **options)).json["attributes"]
        }

    assert not found() & sensitive
    assert found(include=["woman", "beach"]) == {"woman", "beach"}
    assert found(include=["ethnicity"]) == {entry.name for entry in words.in_category("ethnicity")}
    assert found(include=["style"], exclude=["anime", "woman"]) == {"photorealistic", "3d_render", "artistic"}
    refused = check_problem(send(with_picture(PICTURE, include=["style"], exclude=["style"])), 422, "invalid_request")
    assert refused["pointer"] == "/exclude"


def test_what_the_model_does_not_cover(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, settings, covers=["beach", "blue_hair"])
    everything, named, aligned, filters, info = through_asgi(
        app,
        with_picture(PICTURE, min_confidence=0),
        with_picture(PICTURE, min_confidence=0, include=["beach", "forest"]),
        with_picture(PICTURE, "/align", requested_filters=["blue_hair", "latex"], threshold=0),
        get("/filters"),
        get("/info"),
    )
    minor = {"code": "minor_not_covered", "detail": "this model cannot recognise minors; null does not mean safe"}
    assert {score["filter"] for score in everything.json["attributes"]} == {"beach", "blue_hair"}
    assert everything.json["minor"] == {"confidence": None, "threshold": 0.2, "flagged": None}
    assert everything.json["warnings"] == [minor]
    assert [score["filter"] for score in named.json["attributes"]] == ["beach"]
    assert named.json["minor"] is None
    assert named.json["warnings"] == [
        {"code": "filter_not_covered", "detail": "this model was not trained to recognise: forest"}
    ]
    assert aligned.json["scores"][1] == {
        "filter": "latex",
        "category": "outfits",
        "covered": False,
        "logit": None,
        "raw": None,
        "confidence": None,
        "threshold": 0.0,
        "prompt": None,
        "nearest_in_group": None,
    }
    assert (aligned.json["is_aligned"], aligned.json["alignment_score"]) == (False, None)
    assert aligned.json["reasons"] == ["missing_filters", "not_covered"]
    assert [warning["code"] for warning in aligned.json["warnings"]] == ["filter_not_covered", "minor_not_covered"]
    assert filters.json["covered"] == info.json["covered_filters"] == 2
    assert {entry["name"] for entry in filters.json["filters"] if entry["covered"]} == {"beach", "blue_hair"}
    for answer, schema in ((everything, "DetectResponse"), (aligned, "AlignResponse"), (filters, "FiltersResponse")):
        check_contract(schema, answer.json)


def test_notices_about_the_picture(send: Send) -> None:
    broken = encoded(blocks(), "PNG", exif=b"junk")
    assert [warning["code"] for warning in send(with_picture(animated("WEBP"))).json["warnings"]] == [
        "animated_first_frame"
    ]
    assert [warning["code"] for warning in send(with_picture(broken)).json["warnings"]] == ["orientation_ignored"]


def test_where_the_picture_stood(send: Send) -> None:
    in_json = check_problem(send(with_picture(MARKER.encode())), 415, "unsupported_image")
    assert in_json["pointer"] == "/image_base64"
    alone = check_problem(send(Call(body=MARKER.encode(), content_type="image/png")), 415, "unsupported_image")
    assert "pointer" not in alone


def test_an_unknown_filter_comes_with_the_nearest(send: Send) -> None:
    call = with_picture(PICTURE, "/align", requested_filters=["anime", "blue hairs"])
    problem = check_problem(send(call), 422, "unknown_filter")
    assert problem["pointer"] == "/requested_filters/1"
    assert problem["detail"] == (
        "requested_filters[1] is not a known filter; the nearest is blue_hair; GET /filters lists them all"
    )


def test_names_are_checked_before_the_picture(send: Send) -> None:
    call = with_picture(MARKER.encode(), "/align", requested_filters=["nothing"])
    check_problem(send(call), 422, "unknown_filter")


def test_a_body_is_refused_at_the_limit_and_not_before(words: Taxonomy, settings: Settings) -> None:
    call = with_picture(PICTURE)
    fits = app_of(words, redeployed(settings, max_request_bytes=len(call.body)))
    assert through_asgi(fits, call)[0].status == 200
    over = app_of(words, redeployed(settings, max_request_bytes=len(call.body) - 1))
    for refused in (call, replace(call, headers={"content-length": "0"}), replace(call, content_type="image/png")):
        problem = check_problem(through_asgi(over, refused)[0], 413, "payload_too_large")
        assert problem["limit"] == len(call.body) - 1
        assert problem["actual"] >= len(call.body)


def test_a_body_in_pieces_is_refused_as_soon_as_it_is_over(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, redeployed(settings, max_request_bytes=1024))
    read: list[int] = []

    async def receive() -> dict[str, Any]:
        read.append(1)
        return {"type": "http.request", "body": bytes(400), "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/detect", "query_string": b"", "headers": []}
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(app(scope, receive, send))
    assert sent[0]["status"] == 413
    assert len(read) == 3


class SlowEncoder(ColorEncoder):
    """An engine that waits to be told."""

    def __init__(self) -> None:
        super().__init__()
        self.placed = threading.Semaphore(0)
        self.go_on = threading.Event()

    def encode_pre(self, image: Image.Image) -> NDArray[np.float32]:
        self.placed.release()
        return super().encode_pre(image)

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        assert self.go_on.wait(SOON)
        return super().encode_core(pixels)


def test_a_full_queue_says_busy_at_once(words: Taxonomy, settings: Settings) -> None:
    encoder = SlowEncoder()
    app = app_of(words, redeployed(settings, queue=2), encoder=encoder)
    call = with_picture(PICTURE)
    with ThreadPoolExecutor(1) as pool:
        two = pool.submit(through_asgi, app, call, call)
        assert encoder.placed.acquire(timeout=SOON)
        assert encoder.placed.acquire(timeout=SOON)
        refused = through_asgi(app, call, call, call)
        encoder.go_on.set()
        first, second = two.result(SOON)
    for answer in refused:
        problem = check_problem(answer, 503, "busy")
        assert answer.headers["retry-after"] == "1"
        assert problem["limit"] == 2
    assert (first.status, second.status) == (200, 200)
    assert through_asgi(app, call)[0].scores == first.scores == second.scores != []


def test_many_at_once_get_the_answers_they_would_get_alone(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, redeployed(settings, queue=64))
    calls = [with_picture(encoded(noise(40, 30, seed), "PNG"), min_confidence=0) for seed in range(12)]
    alone = [through_asgi(app, call)[0].scores for call in calls]
    together = [answer.scores for answer in through_asgi(app, *calls, *calls)]
    assert together == alone + alone


def test_while_the_model_is_loading(words: Taxonomy, settings: Settings) -> None:
    go_on = threading.Event()
    made = fake_model(words)

    def load() -> SemanticModel:
        assert go_on.wait(SOON)
        return made

    loading = Loading(load).start()
    app = create_app(loading, words, redeployed(settings, load_wait_seconds=0.0))
    for call in (get("/health"), get("/info"), get("/filters"), with_picture(PICTURE)):
        answer = through_asgi(app, call)[0]
        problem = check_problem(answer, 503, "model_unavailable")
        assert problem["detail"] == "the model is still loading"
        assert answer.headers["retry-after"] == "5"
        assert "x-model-digest" not in answer.headers
    # What is wrong with a request is said without a model.
    check_problem(through_asgi(app, Call(body=b"{"))[0], 400, "malformed_json")
    go_on.set()
    assert loading.wait(SOON)
    assert through_asgi(app, get("/health"))[0].status == 200
    assert through_asgi(app, with_picture(PICTURE))[0].status == 200


def test_health_never_waits(words: Taxonomy, settings: Settings) -> None:
    waits: list[float] = []

    class Recording(Loading[SemanticModel]):
        """Notes how long each caller is ready to wait."""

        def get(self, timeout_seconds: float) -> SemanticModel:
            waits.append(timeout_seconds)
            return super().get(timeout_seconds)

    loading = Recording(lambda: fake_model(words)).start()
    assert loading.wait(SOON)
    app = create_app(loading, words, redeployed(settings, load_wait_seconds=7.0))
    assert [answer.status for answer in through_asgi(app, get("/health"))] == [200]
    assert [answer.status for answer in through_asgi(app, get("/info"))] == [200]
    assert waits[0] == 0
    assert 0 < waits[1] <= 7.0


def test_no_request_waits_for_the_model_past_the_functions_own_timeout(words: Taxonomy, settings: Settings) -> None:
    never = Loading(lambda: fake_model(words))  # not started
    app = create_app(never, words, redeployed(settings, load_wait_seconds=600.0))
    token = invocation.current.set(invocation.Invocation(deadline=time.perf_counter() + 1.05))
    try:
        answer = through_asgi(app, with_picture(PICTURE))[0]
    finally:
        invocation.current.reset(token)
    check_problem(answer, 503, "model_unavailable")


def test_a_request_waits_for_a_model_that_is_loading(words: Taxonomy, settings: Settings) -> None:
    go_on = threading.Event()
    made = fake_model(words)

    def load() -> SemanticModel:
        assert go_on.wait(SOON)
        return made

    app = create_app(Loading(load).start(), words, redeployed(settings, load_wait_seconds=SOON))
    threading.Timer(0.05, go_on.set).start()
    answer = through_asgi(app, with_picture(PICTURE))[0]
    assert answer.status == 200


class BrokenEncoder(ColorEncoder):
    """An engine with a fault."""

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        raise RuntimeError(f"{MARKER} {pixels.shape}")


def test_a_fault_of_the_engine_is_ours(words: Taxonomy, settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    app = app_of(words, redeployed(settings, queue=1), encoder=BrokenEncoder())
    for _ in range(3):  # the place in the queue and the model are given back each time
        answer = through_asgi(app, with_picture(PICTURE))[0]
        problem = check_problem(answer, 500, "internal_error")
        assert f"request {problem['request_id']} failed" in caplog.text


def test_without_prices_the_cost_is_null(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, redeployed(settings, platform=replace(settings.deployment.platform, region="nowhere-1")))
    answer = through_asgi(app, with_picture(PICTURE))[0]
    assert answer.status == 200
    assert answer.json["cost"] is None
    assert "x-cost-usd" not in answer.headers
    check_contract("DetectResponse", answer.json)


def test_an_http_api_is_charged_by_size(words: Taxonomy, settings: Settings) -> None:
    app = app_of(words, redeployed(settings, platform=replace(settings.deployment.platform, gateway="http")))
    large = encoded(noise(600, 400), "PNG")
    small, big = through_asgi(app, with_picture(PICTURE), with_picture(large))
    assert Decimal(small.json["cost"]["gateway_usd"]) == Decimal("0.000001")
    assert len(with_picture(large).body) > 524_288
    assert Decimal(big.json["cost"]["gateway_usd"]) == Decimal("0.000002")
