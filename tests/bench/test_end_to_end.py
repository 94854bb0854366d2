"""A whole run over a tiny random checkpoint: every engine opens, agrees, and is in the record. No timing counts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

import taxonomy
from bench.cli import main
from bench.engines.transformers_vision import open_engine
from bench.results import cosine
from models.semantic import prompts
from models.semantic.layout import Shape
from models.semantic.random_checkpoint import write_random_checkpoint

TINY = Shape(width=64, layers=2, heads=4, mlp=152, image=56, patch=14, vocabulary=8192)
MEASURED = ["imajin", "service", "transformers-fp32", "onnxruntime-fp32", "imajin-fp32"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    words = {word for entry in prompts.ensembles(taxonomy.load()) for text in entry.texts for word in text.split()}
    write_random_checkpoint(TINY, folder, words)
    return folder


@pytest.fixture(scope="module")
def record(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All but transformers in bf16, which takes as long as the rest of them and differs in a word."""
    folder = tmp_path_factory.mktemp("bench")
    arguments = ["semantic", "--checkpoint", str(checkpoint), "--threads", "1", "--repeats", "2", "--requests", "1"]
    arguments += ["--engines", *MEASURED, "int8-floor", "--cache", str(folder / "cache"), "--out", str(folder / "out")]
    assert main([*arguments, "--starts", "1", "--json", str(folder / "record.json")]) == 0
    content: dict[str, Any] = json.loads((folder / "record.json").read_text())
    (picture,) = (folder / "out").glob("*-semantic.svg")
    assert picture.read_text().count("<rect") == 1 + 2 * len(MEASURED)
    (own,) = (folder / "out").glob("*-semantic.json")
    assert json.loads(own.read_text()) == content
    return content


def test_every_engine_is_measured(record: dict[str, Any]) -> None:
    assert list(record["engines"]) == MEASURED
    for engine in record["engines"].values():
        assert len(engine["seconds"]["all"]) == 2
        assert len(engine["cold_starts"]) == len(engine["warm_starts"]) == 1
        assert engine["peak_mb"] > 20
        assert engine["files_mb"] > 5
    peaks = {key: engine["peak_mb"] for key, engine in record["engines"].items()}
    assert peaks["imajin"] < peaks["transformers-fp32"]  # torch alone is larger


def test_engines_compute_the_same(record: dict[str, Any]) -> None:
    cosines = {key: engine["cosine"] for key, engine in record["engines"].items()}
    assert cosines["service"] is None
    assert cosines["onnxruntime-fp32"] == pytest.approx(1, abs=1e-5)
    assert cosines["imajin-fp32"] == pytest.approx(1, abs=1e-5)
    assert cosines["imajin"] > 0.99


@pytest.fixture
def logs() -> Iterator[None]:
    """transformers as talkative as before."""
    logging: Any = transformers.logging
    before = logging.get_verbosity()
    yield
    logging.set_verbosity(before)


@pytest.mark.usefixtures("logs")
def test_bf16_is_another_type_of_the_same(checkpoint: Path) -> None:
    options = {"checkpoint": str(checkpoint), "threads": torch.get_num_threads()}
    fp32, bf16 = (open_engine(options | {"dtype": dtype}).run()["embedding"] for dtype in ("float32", "bfloat16"))
    assert fp32 != bf16
    assert (cosine(fp32, bf16) or 0) > 0.999


def test_the_rest_of_the_record(record: dict[str, Any]) -> None:
    assert record["model"]["weights"] == "random"
    assert record["model"]["artifact_of_checkpoint"]
    assert record["engines"]["imajin"]["title"] == f"imajin {record['model']['precision']}" == "imajin int8"
    assert record["model"]["shape"] == {"width": 64, "layers": 2, "image": 56, "patch": 14}
    assert record["scoring"]["filters"] == len(taxonomy.load().filters)
    assert len(record["overhead"]["outside"]["all"]) == 3
    assert {"decode", "preprocess", "inference"} <= record["overhead"]["stages_ms"].keys()
    assert 100_000 < record["picture"]["jpeg_bytes"] < 1_000_000
    assert len(record["text"]["seconds"]) == 4
    # 16 patches, 64 wide: 4 square products and the MLP's two in each of 2 layers; in the head its key, its value, the
    # output and the MLP's two. The query of its constant probe is computed by the exporter where it is that small.
    layers = 2 * 2 * (4 * 16 * 64 * 64 + 2 * 16 * 64 * 152)
    head = 2 * (2 * 16 * 64 * 64 + 64 * 64 + 2 * 64 * 152)
    assert record["floor"]["gigaops"] * 1e9 == pytest.approx(layers + head)
    assert len(record["targets"]) == 14
    assert any("another shape" in warning for warning in record["warnings"])
