"""The training program, from drawing to a checkpoint transformers loads; a few steps, so it learns nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import SiglipModel

from models.demo.semantic.program import FAST, RECORD, run
from models.demo.world.scene import COVERED
from models.semantic.checkpoint import open_checkpoint
from models.semantic.weights import check_weights


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the drawn pictures."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    out = tmp_path_factory.mktemp("checkpoint")
    run(FAST, out, cache)
    return out


def test_transformers_loads_the_checkpoint(folder: Path) -> None:
    load: Any = SiglipModel.from_pretrained
    model = load(folder, dtype=torch.float32)
    assert type(model) is SiglipModel
    with torch.inference_mode():
        output = model(input_ids=torch.ones((2, 64), dtype=torch.long), pixel_values=torch.zeros((1, 3, 128, 128)))
    assert output.logits_per_image.shape == (1, 2)


def test_the_exporter_opens_the_checkpoint(folder: Path) -> None:
    checkpoint = open_checkpoint(folder)
    check_weights(checkpoint)
    assert checkpoint.card is not None
    assert checkpoint.card.covers == (*COVERED, "neutral", "sport", "music")
    assert checkpoint.preprocessing.resample == "bicubic"


def test_weights_are_half_precision_and_small(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6_500_000


def test_the_record_says_how_it_was_made(folder: Path) -> None:
    record = json.loads((folder / RECORD).read_bytes())
    assert record["seed"] == FAST.seed
    assert record["steps"] == FAST.steps
    assert record["batch"] == FAST.batch * FAST.workers


def test_the_same_seed_trains_the_same_weights(folder: Path, cache: Path, tmp_path: Path) -> None:
    run(FAST, tmp_path / "again", cache)
    first, second = (load_file(path / "model.safetensors") for path in (folder, tmp_path / "again"))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
