import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from models.aesthetic import generated
from models.aesthetic.checkpoint import Checkpoint, open_checkpoint
from models.aesthetic.layout import HEAD_LAYERS, Sizes, published_shapes
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.weights import load_reward_model, published_name
from models.errors import CheckpointError
from tests.models.aesthetic.generated_checkpoints import TINY

Tensors = dict[str, torch.Tensor]
Spoil = Callable[[Callable[[Tensors], object]], Checkpoint]
LAST = "blip.text_encoder.encoder.layer.2.output.LayerNorm"


def test_the_published_file_has_625_tensors() -> None:
    shapes = published_shapes()
    assert len(shapes) == 625
    assert sum(math.prod(shape) for shape in shapes.values()) == 446_666_465
    with torch.device("meta"):
        model = RewardModel(Sizes())
    ours = {published_name(name): tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert shapes.keys() - ours.keys() == {
        "blip.text_encoder.embeddings.position_ids",
        "blip.vision_proj.weight",
        "blip.vision_proj.bias",
        "blip.text_proj.weight",
        "blip.text_proj.bias",
    }
    assert ours == {name: shapes[name] for name in ours}


def test_every_tensor_arrives_where_it_belongs(tiny: RewardModel) -> None:
    for name, tensor in tiny.state_dict().items():
        published = published_name(name)
        assert (tensor.numpy() == generated.generate(published, published_shapes(TINY)[published])).all()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads Linux's list of mappings")
def test_the_file_stays_memory_mapped(checkpoint: Checkpoint, tiny: RewardModel) -> None:
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    mapped = [[int(end, 16) for end in line[0].split("-")] for line in lines if line[-1] == str(checkpoint.weights)]
    for tensor in tiny.state_dict().values():
        assert any(first <= tensor.data_ptr() < end for first, end in mapped)


def test_sizes_are_read_off_the_weights(tiny: RewardModel) -> None:
    vision: Any = tiny.vision.config
    text: Any = tiny.text.config
    assert (vision.hidden_size, vision.num_hidden_layers, vision.intermediate_size) == (128, 2, 192)
    assert (vision.image_size, vision.patch_size, vision.num_attention_heads) == (48, 16, 2)
    assert (text.hidden_size, text.encoder_hidden_size, text.num_hidden_layers) == (48, 128, 3)
    assert [layer.out_features for layer in tiny.head if isinstance(layer, torch.nn.Linear)] == [32, 16, 8, 4, 1]


@pytest.mark.parametrize(
    "name",
    ["blip.visual_encoder.norm.bias", "blip.visual_encoder.pos_embed", f"{LAST}.weight", "mlp.layers.7.weight"],
)
def test_a_missing_key_is_named(spoil: Spoil, name: str) -> None:
    with pytest.raises(CheckpointError, match=rf"ImageReward\.pt: {name} is missing"):
        load_reward_model(spoil(lambda content: content.pop(name)))


def test_what_the_reward_does_not_use_may_be_left_out(spoil: Spoil) -> None:
    def remove(content: Tensors) -> None:
        for name in ("blip.vision_proj.weight", "blip.vision_proj.bias", "blip.text_encoder.embeddings.position_ids"):
            del content[name]

    load_reward_model(spoil(remove))


@pytest.mark.parametrize("name", ["blip.text_encoder.pooler.dense.weight", "model", "blip.visual_encoder.head.weight"])
def test_a_foreign_key_is_named(spoil: Spoil, name: str) -> None:
    with pytest.raises(CheckpointError, match=f"{name} is not part of ImageReward"):
        load_reward_model(spoil(lambda content: content.update({name: torch.zeros(2)})))


def test_many_keys_are_named_by_the_first_and_counted(spoil: Spoil) -> None:
    def rename(content: Tensors) -> None:
        for name in [name for name in content if "crossattention" in name]:
            del content[name]

    with pytest.raises(CheckpointError, match=r"crossattention\.self\.query\.weight, .*\.\.\. \(30\) are missing"):
        load_reward_model(spoil(rename))


def test_a_wrong_shape_is_named(spoil: Spoil) -> None:
    name = "blip.visual_encoder.blocks.1.attn.qkv.weight"
    with pytest.raises(CheckpointError, match=rf"{name} has shape \[128, 128\], expected \[384, 128\]"):
        load_reward_model(spoil(lambda content: content.update({name: torch.zeros(128, 128)})))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_weight_that_is_no_number_is_named(spoil: Spoil, value: float) -> None:
    def damage(content: Tensors) -> None:
        content["blip.visual_encoder.blocks.0.mlp.fc2.weight"][3, 4] = value

    with pytest.raises(CheckpointError, match=r"blocks\.0\.mlp\.fc2\.weight holds a NaN or infinite weight"):
        load_reward_model(spoil(damage))


def test_half_precision_is_read_as_it_is(spoil: Spoil) -> None:
    def halve(content: Tensors) -> None:
        content.update({name: value.half() for name, value in content.items() if value.is_floating_point()})

    model = load_reward_model(spoil(halve))
    assert {tensor.dtype for tensor in model.state_dict().values()} == {torch.float32}


def test_a_head_that_was_never_loaded_is_refused(spoil: Spoil) -> None:
    """What the package itself starts with: every reward is -0.16178, whatever the picture."""

    def reset(content: Tensors) -> None:
        torch.manual_seed(0)
        for number in HEAD_LAYERS:
            torch.nn.init.normal_(content[f"mlp.layers.{number}.weight"], std=1 / (TINY.text.width + 1))
            content[f"mlp.layers.{number}.bias"].zero_()

    with pytest.raises(CheckpointError, match=r"its reward is -0\.1617\d whatever the picture and the prompt"):
        load_reward_model(spoil(reset))


def test_a_head_of_zeros_is_refused(spoil: Spoil) -> None:
    with pytest.raises(CheckpointError, match="whatever the picture and the prompt"):
        load_reward_model(spoil(lambda content: content["mlp.layers.0.weight"].zero_()))


def test_a_file_that_could_run_code_is_not_read(copied: Path) -> None:
    class Mischief:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return print, ("read",)

    torch.save({"model": Mischief()}, copied / "ImageReward.pt")
    with pytest.raises(CheckpointError, match="others can run code, and are not read"):
        load_reward_model(open_checkpoint(copied))


@pytest.mark.parametrize("content", [[1, 2], {"blip": {"cls_token": torch.zeros(1)}}])
def test_a_file_of_something_else_is_refused(copied: Path, content: object) -> None:
    torch.save(content, copied / "ImageReward.pt")
    with pytest.raises(CheckpointError, match="expected a dictionary of tensors"):
        load_reward_model(open_checkpoint(copied))


def test_a_file_cut_short_is_refused(copied: Path) -> None:
    path = copied / "ImageReward.pt"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match="not a file of tensors"):
        load_reward_model(open_checkpoint(copied))
