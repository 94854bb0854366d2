from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedTokenizerFast, SiglipConfig, SiglipModel

from models.digests import file_sha256
from models.errors import ModelsError
from models.semantic.checkpoint import open_checkpoint
from models.semantic.export import export_semantic
from models.semantic.layout import SHAPES, Shape
from models.semantic.random_checkpoint import configuration, write_random_checkpoint
from models.semantic.weights import are_random
from taxonomy import Taxonomy

TINY = Shape(width=32, layers=2, heads=2, mlp=80, image=28, patch=14, vocabulary=300)
WORDS = ("a", "photo", "of", "a", "woman")


def test_transformers_loads_it_whole(tmp_path: Path) -> None:
    write_random_checkpoint(TINY, tmp_path, WORDS)
    load: Any = SiglipModel.from_pretrained  # untyped
    _, info = load(tmp_path, output_loading_info=True)
    assert {key: value for key, value in info.items() if value} == {}
    tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    assert tokenizer("a photo", padding="max_length", max_length=6)["input_ids"] == [4, 6, 1, 0, 0, 0]


def test_it_says_that_it_is_random(tmp_path: Path) -> None:
    write_random_checkpoint(TINY, tmp_path / "random", WORDS)
    assert are_random(open_checkpoint(tmp_path / "random"))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("first", 1), ("second", 1), ("third", 2)):
        write_random_checkpoint(TINY, tmp_path / name, WORDS, seed=seed)
    digests = [file_sha256(tmp_path / name / "model.safetensors") for name in ("first", "second", "third")]
    assert digests[0] == digests[1] != digests[2]


def test_its_figures_are_labelled(tmp_path: Path, small_taxonomy: Taxonomy) -> None:
    write_random_checkpoint(TINY, tmp_path / "random", WORDS)
    # At the published scale, int8 does too much to a model this small.
    weights = tmp_path / "random" / "model.safetensors"
    save_file(load_file(weights) | {"logit_scale": torch.tensor([1.0])}, weights, {"format": "pt", "weights": "random"})
    checkpoint = open_checkpoint(tmp_path / "random")
    gate = export_semantic(checkpoint, small_taxonomy, tmp_path / "out", text=False).manifest.gate
    assert gate is not None
    assert gate.label == "shape only (random weights)"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    with pytest.raises(ModelsError, match="is not an empty folder"):
        write_random_checkpoint(TINY, tmp_path, WORDS)


def test_too_many_words_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ModelsError, match="304 words do not fit a vocabulary of 300"):
        write_random_checkpoint(TINY, tmp_path / "random", [str(number) for number in range(300)])
    assert list(tmp_path.iterdir()) == []


def test_the_published_shape_has_the_published_size() -> None:
    """google/siglip2-so400m-patch14-384 has 1,136,008,498 parameters."""
    with torch.device("meta"):
        model = SiglipModel(SiglipConfig.from_dict(configuration(SHAPES["so400m-patch14-384"])))
    assert sum(parameter.numel() for parameter in model.parameters()) == 1_136_008_498
