import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import SiglipModel

from models.errors import CheckpointError
from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.weights import are_random, check_weights, load_tower, read_scale_and_bias


@pytest.mark.parametrize("tower", ["text_model", "vision_model"])
def test_a_tower_holds_the_checkpoints_weights(checkpoint: Checkpoint, reference: SiglipModel, tower: str) -> None:
    loaded = load_tower(checkpoint, "text_model" if tower == "text_model" else "vision_model").state_dict()
    expected = getattr(reference, tower).state_dict()
    assert loaded.keys() == expected.keys()
    assert all(torch.equal(loaded[name], expected[name]) for name in expected)


def test_scale_and_bias_are_as_stored(checkpoint: Checkpoint, reference: SiglipModel) -> None:
    assert read_scale_and_bias(checkpoint) == (reference.logit_scale.item(), reference.logit_bias.item())


def test_trained_weights_are_not_called_random(checkpoint: Checkpoint) -> None:
    assert not are_random(checkpoint)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_weights_become_fp32(copied: Path, dtype: torch.dtype) -> None:
    """As transformers saves them, in the configuration too."""
    load: Any = SiglipModel.from_pretrained
    load(copied, dtype=dtype).save_pretrained(copied)
    assert {tensor.dtype for tensor in load_file(copied / "model.safetensors").values()} == {dtype}
    checkpoint = open_checkpoint(copied)
    tower = load_tower(checkpoint, "vision_model")
    assert {parameter.dtype for parameter in tower.parameters()} == {torch.float32}
    assert tower(pixel_values=torch.zeros(1, 3, 56, 56)).pooler_output.dtype == torch.float32
    assert list(read_scale_and_bias(checkpoint)) == pytest.approx([math.log(10), -16], rel=0.01)


def test_shards_are_read_like_one_file(copied: Path, reference: SiglipModel) -> None:
    (copied / "model.safetensors").unlink()
    reference.save_pretrained(copied, max_shard_size="300KB")
    found = open_checkpoint(copied)
    assert len(found.weights) > 1
    check_weights(found)
    weight = load_tower(found, "text_model").head.weight
    assert torch.equal(weight, reference.text_model.head.weight)


def test_position_ids_of_old_checkpoints_are_ignored(copied: Path) -> None:
    _rewrite(copied, lambda weights: weights.update({"text_model.embeddings.position_ids": torch.arange(64)[None]}))
    check_weights(open_checkpoint(copied))


def _drop(weights: dict[str, Tensor]) -> None:
    del weights["vision_model.head.probe"]


def _add(weights: dict[str, Tensor]) -> None:
    weights["vision_model.extra"] = torch.zeros(2)


def _reshape(weights: dict[str, Tensor]) -> None:
    weights["text_model.head.bias"] = torch.zeros(3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop, r"vision_model\.head\.probe is missing"),
        (_add, r"vision_model\.extra is not part"),
        (_reshape, r"text_model\.head\.bias has shape \[3\], expected \[64\]"),
    ],
)
def test_weights_of_another_model_are_refused(
    copied: Path, change: Callable[[dict[str, Tensor]], None], message: str
) -> None:
    _rewrite(copied, change)
    with pytest.raises(CheckpointError, match=message):
        check_weights(open_checkpoint(copied))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_weight_that_is_no_number_is_refused(copied: Path, value: float) -> None:
    def spoil(weights: dict[str, Tensor]) -> None:
        weights["vision_model.encoder.layers.1.mlp.fc1.weight"][3, 5] = value

    _rewrite(copied, spoil)
    with pytest.raises(CheckpointError, match=r"layers\.1\.mlp\.fc1\.weight holds a NaN or infinite"):
        load_tower(open_checkpoint(copied), "vision_model")


def test_a_file_cut_short_is_refused(copied: Path) -> None:
    content = (copied / "model.safetensors").read_bytes()
    (copied / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match="cut short"):
        check_weights(open_checkpoint(copied))


def _rewrite(directory: Path, change: Callable[[dict[str, Tensor]], None]) -> None:
    weights = load_file(directory / "model.safetensors")
    change(weights)
    save_file(weights, directory / "model.safetensors")
