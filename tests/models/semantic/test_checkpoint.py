from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedTokenizerFast, SiglipImageProcessorPil, SiglipProcessor

from functions.common.manifest import ModelIdentity
from functions.semantic.manifest import Preprocessing
from models.digests import file_sha256
from models.errors import CheckpointError
from models.semantic.checkpoint import Card, Checkpoint, open_checkpoint

Edit = Callable[..., None]


def test_a_local_folder_is_described(checkpoint: Checkpoint, published: Path) -> None:
    assert checkpoint.identity == ModelIdentity(
        id="tiny-siglip",
        revision=None,
        weights_sha256=file_sha256(published / "model.safetensors"),
        checkpoint_sha256=checkpoint.identity.checkpoint_sha256,
        demo=False,
    )
    assert checkpoint.preprocessing == Preprocessing(
        height=56, width=56, resample="bilinear", rescale_factor=1 / 255, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
    )
    assert checkpoint.weights == (published / "model.safetensors",)
    assert checkpoint.card is None


def test_hub_name_and_revision_are_kept(published: Path) -> None:
    identity = open_checkpoint(published, name="owner/name", revision="f" * 40).identity
    assert (identity.id, identity.revision) == ("owner/name", "f" * 40)


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "nearest"), (1, "lanczos"), (2, "bilinear"), (3, "bicubic"), (4, "box"), (5, "hamming")],
)
def test_resample_numbers_are_pillows(copied: Path, edit: Edit, number: int, name: str) -> None:
    from PIL import Image

    edit(copied / "preprocessor_config.json", resample=number)
    assert open_checkpoint(copied).preprocessing.resample == name
    assert Image.Resampling(number).name.lower() == name


def test_a_processor_as_transformers_saves_it_today(copied: Path, edit: Edit) -> None:
    """In one file for pictures and texts, which goes before one of former times, also for transformers."""
    create: Any = SiglipProcessor  # untyped
    processor = create(
        SiglipImageProcessorPil(
            size={"height": 56, "width": 56}, resample=3, image_mean=[0.4] * 3, image_std=[0.3] * 3
        ),
        PreTrainedTokenizerFast.from_pretrained(copied),
    )
    before = open_checkpoint(copied)
    processor.save_pretrained(copied)
    assert SiglipImageProcessorPil.from_pretrained(copied).resample == 3
    found = open_checkpoint(copied)
    assert found.preprocessing == Preprocessing(
        height=56, width=56, resample="bicubic", rescale_factor=1 / 255, mean=(0.4, 0.4, 0.4), std=(0.3, 0.3, 0.3)
    )
    assert found.identity.checkpoint_sha256 != before.identity.checkpoint_sha256
    (copied / "preprocessor_config.json").unlink()
    assert open_checkpoint(copied).preprocessing == found.preprocessing
    edit(copied / "processor_config.json", image_processor={"do_resize": False})
    with pytest.raises(CheckpointError, match=r"processor_config\.json: do_resize: must be true"):
        open_checkpoint(copied)


def test_a_processor_of_texts_alone_says_nothing_of_pictures(copied: Path, edit: Edit, checkpoint: Checkpoint) -> None:
    edit(copied / "processor_config.json", processor_class="SiglipProcessor")
    assert open_checkpoint(copied).preprocessing == checkpoint.preprocessing


def test_a_card_names_the_demo_model(copied: Path, edit: Edit) -> None:
    edit(copied / "imajin.json", name="imajin-demo-semantic", revision="1", temperature=2.5, covers=["leather"])
    found = open_checkpoint(copied)
    assert found.card == Card(name="imajin-demo-semantic", revision="1", temperature=2.5, covers=("leather",))
    assert (found.identity.id, found.identity.revision, found.identity.demo) == ("imajin-demo-semantic", "1", True)


@pytest.mark.parametrize(
    "name", ["config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]
)
def test_every_file_counts_in_the_digest(copied: Path, checkpoint: Checkpoint, name: str) -> None:
    with (copied / name).open("ab") as file:
        file.write(b"\n" if name.endswith("json") else b"\0")
    assert open_checkpoint(copied).identity.checkpoint_sha256 != checkpoint.identity.checkpoint_sha256


@pytest.mark.parametrize(
    ("file", "values", "message"),
    [
        ("config.json", {"model_type": "siglip2"}, "NaFlex"),
        ("config.json", {"model_type": "clip"}, "model_type is 'clip'"),
        ("config.json", {"vision_config": {"image_size": "large"}}, "not a configuration that transformers accepts"),
        ("config.json", {"vision_config": {"vision_use_head": False}}, "no pooling head"),
        ("config.json", {"vision_config": {"num_channels": 4}}, "num_channels is 4"),
        ("config.json", {"vision_config": {"image_size": [56, 28]}}, "single numbers"),
        ("config.json", {"text_config": {"projection_size": 32}}, "cannot be compared"),
        ("preprocessor_config.json", {"resample": None}, "needs size.height"),
        ("preprocessor_config.json", {"resample": 9}, "needs size.height"),
        ("preprocessor_config.json", {"size": {"shortest_edge": 56}}, "needs size.height"),
        ("preprocessor_config.json", {"size": {"height": 64, "width": 64}}, "size is 64x64"),
        ("preprocessor_config.json", {"image_mean": [0.5]}, "mean"),
        ("preprocessor_config.json", {"do_center_crop": True}, "do_center_crop"),
        ("preprocessor_config.json", {"do_normalize": False}, "do_normalize"),
        ("imajin.json", {"name": "x", "revision": "1", "temperature": 0, "covers": []}, "temperature"),
        ("imajin.json", {"name": "x", "revision": "1", "temperature": 1, "covers": [], "more": 1}, "more"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    copied: Path, edit: Edit, file: str, values: dict[str, object], message: str
) -> None:
    edit(copied / file, **values)
    with pytest.raises(CheckpointError, match=message) as caught:
        open_checkpoint(copied)
    assert file in str(caught.value)


def test_a_card_that_is_no_json_is_refused(copied: Path) -> None:
    (copied / "imajin.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"imajin\.json: cannot be read as JSON"):
        open_checkpoint(copied)


@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        open_checkpoint(copied)


def test_weights_that_could_run_code_are_not_read(copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match="only safetensors"):
        open_checkpoint(copied)


def test_a_shard_outside_the_folder_is_refused(copied: Path, edit: Edit) -> None:
    (copied / "model.safetensors").rename(copied.parent / "model.safetensors")
    edit(copied / "model.safetensors.index.json", weight_map={"logit_scale": "../model.safetensors"})
    with pytest.raises(CheckpointError, match="which is missing"):
        open_checkpoint(copied)


def test_broken_json_is_named(copied: Path) -> None:
    (copied / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json: cannot be read as JSON"):
        open_checkpoint(copied)
