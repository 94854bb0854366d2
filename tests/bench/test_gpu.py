"""The GPU bench's code over tiny checkpoints, on a processor: every engine opens and agrees. No timing counts."""

import json
from pathlib import Path

import pytest
import torch

import taxonomy
from bench.cli import main
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from models.semantic import prompts
from models.semantic.layout import Shape
from models.semantic.random_checkpoint import write_random_checkpoint
from tests.models.aesthetic.generated_checkpoints import PIECES, TINY


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gpu", "--cache", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("error: there is no CUDA device here (torch ")
    assert list(tmp_path.iterdir()) == []


def test_every_engine_opens_and_agrees(tmp_path: Path) -> None:
    siglip, reward = tmp_path / "siglip", tmp_path / "reward"
    words = {word for entry in prompts.ensembles(taxonomy.load()) for text in entry.texts for word in text.split()}
    shape = Shape(width=64, layers=2, heads=4, mlp=152, image=56, patch=14, vocabulary=8192)
    write_random_checkpoint(shape, siglip, words)
    reward.mkdir()
    write_generated_checkpoint(reward, TINY, PIECES, steepness=0.1)
    arguments = ["gpu", "--device", "cpu", "--precision", "fp32", "--sizes", "1", "2", "--repeats", "1"]
    arguments += ["--checkpoint", str(siglip), "--reward-checkpoint", str(reward)]
    arguments += ["--cache", str(tmp_path / "cache"), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--json", str(tmp_path / "record.json")]) == 0
    record = json.loads((tmp_path / "record.json").read_text())
    for (name, function), limit in zip(record["functions"].items(), (1e-3, 1e-5), strict=True):
        assert sorted(function["seconds"]) == ["1", "2"], name
        assert len(function["apart"]) == 3
        assert all(0 <= value <= limit for value in function["apart"].values()), function["apart"]
    (tables,) = (tmp_path / "out").glob("*-gpu.md")
    assert "pictures at once" in tables.read_text()
