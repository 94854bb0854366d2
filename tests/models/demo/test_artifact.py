"""The committed demo artifact: what its manifest says of its precision is about this code and these pictures."""

from pathlib import Path

import pytest

import taxonomy
from functions.semantic.model import open_model
from models import pictures

DEMO = Path("models/demo/semantic/artifact")
PARTS = ("checkpoint", "artifact")
WEIGHTS = ("model.safetensors", "image_encoder.onnx.data", "ImageReward.pt", "image_tokens.onnx.data")


def test_both_checkpoints_and_artifacts_are_small_enough_for_a_clone() -> None:
    folders = [DEMO.parents[1] / function / part for function in ("semantic", "aesthetic") for part in PARTS]
    assert all((folder / name).is_file() for folder, name in zip(folders, WEIGHTS, strict=True))
    assert sum(path.stat().st_size for folder in folders for path in folder.rglob("*")) < 12_000_000


def test_it_passed_the_gate_on_this_picture_set() -> None:
    manifest = open_model(DEMO, taxonomy.load(), 1).artifact.manifest
    loaded = pictures.load()
    assert manifest.picture_set is not None
    assert (manifest.picture_set.count, manifest.picture_set.sha256) == (len(loaded.pictures), loaded.sha256)
    assert manifest.gate is not None
    graphs = manifest.gate.graphs.values()
    assert all(figure.value <= figure.limit for graph in graphs for figure in graph.figures.values())
    assert manifest.precision == ("mixed" if any(graph.kept_fp32 for graph in graphs) else "int8")


def test_it_answers_its_canaries() -> None:
    model, loaded = open_model(DEMO, taxonomy.load(), 1), pictures.load()
    canaries = model.artifact.manifest.canaries
    assert canaries is not None
    for canary in canaries.pictures:
        picture = loaded.find(canary.picture)
        assert picture is not None
        assert picture.sha256 == canary.sha256
        encoder = model.encoder
        embedding = encoder.encode_post(encoder.encode_core(encoder.encode_pre(picture.decode())))
        scores = model.detector.score(embedding, list(canary.expected), profile="raw")
        logits = {score.filter: score.logit for score in scores}
        assert logits == pytest.approx(canary.expected, abs=canaries.tolerance)
