"""The torch artifact: the checkpoint's own answers in fp32, the gate in bf16, and nothing the service cannot open."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from transformers import SiglipModel

from functions.common.artifact import ArtifactError
from functions.common.gpu.device import Device
from functions.semantic.gpu.encoders import TEXT_NAME, VISION_NAME, open_model, open_text_encoder
from functions.semantic.model import SemanticModel
from functions.semantic.model import open_model as open_onnx_model
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME
from functions.semantic.text_encoder import TOKENIZER_NAME
from models import pictures as pictures_of_the_gate
from models.cli import main
from models.errors import CheckpointError, GateError
from models.pictures import CANARIES
from models.semantic import tolerances, torch_export, torch_towers
from models.semantic.checkpoint import Checkpoint
from models.semantic.torch_export import export_torch
from models.torch_files import BF16, FP32
from taxonomy import Taxonomy


@pytest.fixture(scope="module")
def out(checkpoint: Checkpoint, small_taxonomy: Taxonomy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact's folder; not to be written to."""
    directory = tmp_path_factory.mktemp("torch") / "semantic"
    export_torch(checkpoint, small_taxonomy, directory)
    return directory


def opened(directory: Path, words: Taxonomy, device: Device = FP32, batch_size: int = 8) -> SemanticModel:
    return open_model(directory, words, device, batch_size=batch_size, threads=1)


def test_it_holds_two_towers_the_prompts_and_what_was_measured(out: Path, small_taxonomy: Taxonomy) -> None:
    manifest = opened(out, small_taxonomy).artifact.manifest
    assert sorted(manifest.files) == sorted([VISION_NAME, TEXT_NAME, TOKENIZER_NAME, MATRIX_NAME, INDEX_NAME])
    assert (manifest.engine, manifest.precision, manifest.target) == ("torch", "fp32", "portable")
    assert manifest.gate is not None
    assert {name: gate.compared for name, gate in manifest.gate.graphs.items()} == {
        VISION_NAME: "64 pictures in bf16, on a processor",
        TEXT_NAME: "4 texts in bf16, on a processor",
    }
    changes = [gate.figures["max_logit_change"].value for gate in manifest.gate.graphs.values()]
    assert all(1e-4 < change <= tolerances.LARGEST_LOGIT_CHANGE for change in changes)


def test_pictures_get_the_embeddings_transformers_gives_them(
    out: Path, small_taxonomy: Taxonomy, reference: SiglipModel, pictures: tuple[NDArray[np.float32], ...]
) -> None:
    pixels = np.concatenate(pictures)
    with torch.inference_mode():
        wanted = reference.vision_model(pixel_values=torch.from_numpy(pixels)).pooler_output.numpy()
    np.testing.assert_allclose(opened(out, small_taxonomy).encoder.encode_core(pixels), wanted, rtol=1e-4, atol=2e-5)


def test_texts_get_the_embeddings_transformers_gives_them(
    out: Path, small_taxonomy: Taxonomy, reference: SiglipModel
) -> None:
    encoder = open_text_encoder(opened(out, small_taxonomy).artifact, FP32)
    ids = torch.zeros(1, 64, dtype=torch.long)
    words = ["a", "woman", "with", "long", "hair"]
    known = encoder._tokenizer
    ids[0, : len(words) + 1] = torch.tensor([*(known.token_to_id(word) for word in words), 1])
    with torch.inference_mode():
        wanted = reference.text_model(input_ids=ids).pooler_output[0].numpy()
    found = encoder.encode(" ".join(words))
    np.testing.assert_allclose(found.vector, wanted / np.linalg.norm(wanted), atol=2e-6)
    assert found.truncated is False
    assert encoder.encode("a " * 64).truncated is True


def test_it_says_what_the_cpu_engine_says(out: Path, fp32: Path, small_taxonomy: Taxonomy) -> None:
    """Prompts are the same bytes, pictures the same pixels; what differs is the order of sums."""
    ours, cpu = opened(out, small_taxonomy), open_onnx_model(fp32, small_taxonomy, 1)
    assert (out / MATRIX_NAME).read_bytes() == (fp32 / MATRIX_NAME).read_bytes()
    pixels = np.random.default_rng(3).uniform(-1, 1, (1, 3, 56, 56)).astype(np.float32)
    np.testing.assert_allclose(ours.encoder.encode_core(pixels), cpu.encoder.encode_core(pixels), rtol=1e-4, atol=2e-5)
    assert ours.labels is not None
    assert cpu.labels is not None


def test_what_is_there_is_not_written_again(checkpoint: Checkpoint, small_taxonomy: Taxonomy, out: Path) -> None:
    before = (out / "manifest.json").stat().st_mtime_ns
    assert export_torch(checkpoint, small_taxonomy, out).parity is None
    assert (out / "manifest.json").stat().st_mtime_ns == before


@pytest.fixture
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate asks about the canaries alone, where its figures are not what is tested."""
    whole = pictures_of_the_gate.load()
    few = replace(whole, pictures=tuple(picture for picture in whole.pictures if picture.name in CANARIES))
    monkeypatch.setattr(pictures_of_the_gate, "load", lambda: few)


@pytest.mark.usefixtures("few_pictures")
def test_prompts_of_the_same_checkpoint_are_not_embedded_twice(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, fp32: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_export, "exported_artifact", lambda _: fp32)
    monkeypatch.setattr("models.semantic.prompts.embed", None)
    export_torch(checkpoint, small_taxonomy, tmp_path / "out", text=False)
    assert (tmp_path / "out" / MATRIX_NAME).read_bytes() == (fp32 / MATRIX_NAME).read_bytes()
    assert opened(tmp_path / "out", small_taxonomy).labels is None


@pytest.mark.usefixtures("few_pictures")
def test_a_tower_too_coarse_in_bf16_is_not_written(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tolerances, "LARGEST_LOGIT_CHANGE", 1e-6)
    with pytest.raises(GateError, match=r"^image_encoder\.safetensors in bf16 is too far from fp32: max logit change"):
        export_torch(checkpoint, small_taxonomy, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_weights_of_one_engine_are_not_opened_by_the_other(out: Path, fp32: Path, small_taxonomy: Taxonomy) -> None:
    with pytest.raises(ArtifactError, match="exported for torch, this is onnxruntime"):
        open_onnx_model(out, small_taxonomy, 1)
    with pytest.raises(ArtifactError, match="exported for onnxruntime, this is torch"):
        opened(fp32, small_taxonomy)


def test_damaged_weights_are_refused(out: Path, small_taxonomy: Taxonomy, tmp_path: Path) -> None:
    for name in out.iterdir():
        (tmp_path / name.name).write_bytes(name.read_bytes())
    damaged = bytearray((tmp_path / VISION_NAME).read_bytes())
    damaged[-1] ^= 1
    (tmp_path / VISION_NAME).write_bytes(damaged)
    with pytest.raises(ArtifactError, match="its content is not what the manifest says"):
        opened(tmp_path, small_taxonomy)


@pytest.mark.parametrize("spoil", ["dropped", "foreign", "without sizes"])
def test_weights_that_are_not_the_tower_s_are_refused(
    spoil: str, out: Path, checkpoint: Checkpoint, tmp_path: Path
) -> None:
    from functions.common.gpu.weights import SIZES_KEY, open_tower
    from functions.semantic.gpu.towers import VisionSizes, VisionTower

    weights = load_file(out / VISION_NAME)
    if spoil == "dropped":
        del weights["norm.bias"]
    elif spoil == "foreign":
        weights["extra"] = torch.zeros(1)
    sizes = torch_towers.vision_sizes(checkpoint.config.vision_config).model_dump_json()
    path = tmp_path / VISION_NAME
    save_file(weights, path, metadata=None if spoil == "without sizes" else {SIZES_KEY: sizes})
    with pytest.raises(ArtifactError, match="no sizes of a VisionSizes" if spoil == "without sizes" else "its tensors"):
        open_tower(path, VisionSizes, VisionTower, FP32)


def test_bf16_stays_within_what_the_gate_measured(
    out: Path, small_taxonomy: Taxonomy, pictures: tuple[NDArray[np.float32], ...]
) -> None:
    pixels = np.concatenate(pictures)
    fp32, bf16 = (opened(out, small_taxonomy, device).encoder for device in (FP32, BF16))
    exact, half = ([encoder.encode_post(row[None]) for row in encoder.encode_core(pixels)] for encoder in (fp32, bf16))
    cosines = [float(one @ other) for one, other in zip(exact, half, strict=True)]
    assert all(0.9995 < cosine < 0.9999999 for cosine in cosines), cosines


def test_an_activation_the_engine_does_not_have_is_refused(checkpoint: Checkpoint) -> None:
    config: Any = type(checkpoint.config.vision_config).from_dict(checkpoint.config.vision_config.to_dict())
    config.hidden_act = "relu"
    with pytest.raises(CheckpointError, match="hidden_act is 'relu'"):
        torch_towers.vision_sizes(config)


def test_graph_options_mean_nothing_here(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["export", "semantic", "--engine", "torch", "--target", "arm64", "--checkpoint", str(published)]
    assert main([*arguments, "--out", str(tmp_path / "out"), "--json"]) == 2
    assert "--engine torch takes neither --target nor --precision" in capsys.readouterr().err
    assert replace(FP32, precision="fp16").dtype is torch.float16
