import json
import math
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import PreTrainedTokenizerFast, SiglipModel

from functions.common.artifact import Artifact, ArtifactError
from functions.semantic.detector import Detector
from functions.semantic.encoders import unit
from functions.semantic.manifest import TextInput, read_manifest
from functions.semantic.prompts import read_prompts
from functions.semantic.text_encoder import OnnxTextEncoder, open_text_encoder
from models.errors import CheckpointError, ModelsError
from models.semantic.checkpoint import Checkpoint
from models.semantic.parity import fixed_pictures, run_graph
from models.semantic.text_encoder import export_text_encoder, write_token_table
from models.semantic.tokenization import PromptTokenizer
from models.semantic.weights import load_tower
from taxonomy import Taxonomy, canonicalize

TEXTS = ("a plain surface", "Person, in a_red leather coat!", "zebra", "a " * 70)


def opened(directory: Path) -> OnnxTextEncoder:
    manifest, digest = read_manifest(directory)
    return open_text_encoder(Artifact(directory, manifest, digest), threads=1)


@pytest.fixture(scope="module")
def encoder(fp32: Path) -> OnnxTextEncoder:
    return opened(fp32)


@pytest.fixture(scope="module")
def own_tokenizer(published: Path) -> Any:
    load: Any = PreTrainedTokenizerFast.from_pretrained  # untyped
    return load(published)


def expected_ids(own_tokenizer: Any, text: str) -> Any:
    return own_tokenizer(
        [canonicalize(text)], padding="max_length", max_length=64, truncation=True, return_tensors="pt"
    ).input_ids


@pytest.mark.parametrize("text", TEXTS)
def test_ids_are_those_of_transformers(
    text: str, encoder: OnnxTextEncoder, own_tokenizer: Any, checkpoint: Checkpoint
) -> None:
    ids, truncated = encoder.token_ids(canonicalize(text))
    assert ids.shape == (64,)
    assert ids.tolist() == expected_ids(own_tokenizer, text)[0].tolist()
    assert truncated is (text == TEXTS[3])
    if not truncated:
        assert (ids == PromptTokenizer(checkpoint).encode([canonicalize(text)])[0]).all()


def test_63_tokens_fit_beside_the_end(encoder: OnnxTextEncoder) -> None:
    assert encoder.token_ids(" ".join(["a"] * 63))[1] is False
    ids, truncated = encoder.token_ids(" ".join(["a"] * 64))
    assert truncated is True
    assert ids[-1] == 1  # the end of the text stays


def test_the_tokenizers_own_padding_and_cutting_is_not_used(fp32: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(fp32 / "tokenizer.json"))
    tokenizer.enable_padding(direction="left", length=8)
    tokenizer.enable_truncation(3)
    other = shutil.copytree(fp32, tmp_path / "other")
    tokenizer.save(str(other / "tokenizer.json"))
    sign(other, "tokenizer.json")
    text = "a plain surface in red"
    assert opened(other).token_ids(text)[0].tolist() == opened(fp32).token_ids(text)[0].tolist()


def sign(directory: Path, name: str) -> None:
    from models.artifact import describe_files

    change_manifest(directory, lambda found: found["files"].update(
        {name: describe_files(directory, (name,))[name].model_dump()}
    ))  # fmt: skip


def change_manifest(directory: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = directory / "manifest.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def rounded(reference: SiglipModel) -> SiglipModel:
    """transformers' model with the token table as the artifact holds it."""
    import copy

    model: Any = copy.deepcopy(reference)
    with torch.no_grad():
        weight = model.text_model.embeddings.token_embedding.weight
        weight.copy_(weight.to(torch.float16).to(torch.float32))
    typed: SiglipModel = model
    return typed


def features(model: SiglipModel, own_tokenizer: Any, text: str) -> NDArray[np.float32]:
    with torch.inference_mode():
        found: NDArray[np.float32] = model.get_text_features(expected_ids(own_tokenizer, text)).pooler_output.numpy()
    return unit(found[0])


@pytest.mark.parametrize("text", TEXTS)
def test_embeddings_are_those_of_transformers(
    text: str, encoder: OnnxTextEncoder, reference: SiglipModel, own_tokenizer: Any
) -> None:
    found = encoder.encode(canonicalize(text)).vector
    np.testing.assert_allclose(found, features(rounded(reference), own_tokenizer, text), atol=1e-6)
    np.testing.assert_allclose(found, features(reference, own_tokenizer, text), atol=2e-4)  # float16's part


def test_raw_logits_are_those_of_siglip_model(
    fp32: Path,
    encoder: OnnxTextEncoder,
    reference: SiglipModel,
    own_tokenizer: Any,
    small_taxonomy: Taxonomy,
) -> None:
    pictures = fixed_pictures(56)
    manifest, _ = read_manifest(fp32)
    detector = Detector(*read_prompts(fp32), small_taxonomy, manifest.scoring, None)
    images = run_graph(fp32 / "image_encoder.onnx", pictures)
    labels = [encoder.encode(canonicalize(text)).vector for text in TEXTS]
    inputs = {
        "input_ids": torch.cat([expected_ids(own_tokenizer, text) for text in TEXTS]),
        "pixel_values": torch.from_numpy(np.concatenate(pictures)),
    }
    with torch.inference_mode():
        exact = rounded(reference)(**inputs).logits_per_image.numpy()
        published = reference(**inputs).logits_per_image.numpy()
    found = [detector.classify_independent(unit(image), labels, "raw") for image in images]
    logits = np.array([[score.logit for score in scores] for scores in found])
    assert np.ptp(logits) > 0.4  # the texts do differ
    np.testing.assert_allclose(logits, exact, atol=1e-4)
    np.testing.assert_allclose(logits, published, atol=0.002)
    for scores, row in zip(found, exact, strict=True):
        assert [score.confidence for score in scores] == pytest.approx(
            [1 / (1 + math.exp(-logit)) for logit in row], abs=1e-3
        )


def test_a_label_is_the_prompt_of_the_same_text(fp32: Path, encoder: OnnxTextEncoder) -> None:
    matrix, rows = read_prompts(fp32)
    (index,) = [index for index, row in enumerate(rows) if row.text == "anime art"]
    np.testing.assert_allclose(encoder.encode("anime art").vector, matrix[index], atol=2e-4)


@pytest.mark.parametrize("artifact", ["fp32", "int8"])
def test_the_graph_is_as_stated(artifact: str, request: pytest.FixtureRequest) -> None:
    directory: Path = request.getfixturevalue(artifact)
    model = onnx.load(directory / "text_encoder.onnx", load_external_data=False)
    counts = Counter(node.op_type for node in model.graph.node)
    assert [(entry.domain, entry.version) for entry in model.opset_import if not entry.domain] == [("", 23)]
    assert (counts["Attention"], counts["Softmax"], counts["Gather"]) == (3, 0, 0)
    assert counts["MatMulInteger"] == (0 if artifact == "fp32" else 3 * 6 + 1)  # the head, too
    sizes = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*model.graph.input, *model.graph.output)
    }
    assert sizes == {"tokens": (1, 64, 48), "embedding": (1, 64)}
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    places = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    assert places == {"text_encoder.onnx.data"}


def test_the_table_is_the_checkpoints_in_float16(fp32: Path, reference: SiglipModel) -> None:
    table = np.load(fp32 / "token_table.npy", mmap_mode="r")
    weight = reference.text_model.embeddings.token_embedding.weight.detach().numpy()
    assert (table.dtype, table.shape) == (np.float16, (64, 48))
    assert (np.asarray(table) == weight.astype(np.float16)).all()
    assert read_manifest(fp32)[0].text == TextInput(length=64, width=48, vocab_size=64, pad_id=0, eos_id=1)


def test_the_tokenizer_is_the_checkpoints_own_file(fp32: Path, published: Path) -> None:
    assert (fp32 / "tokenizer.json").read_bytes() == (published / "tokenizer.json").read_bytes()


def test_a_table_beyond_float16_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    tower = load_tower(checkpoint, "text_model")
    tower.embeddings.token_embedding.weight[5, 3] = 1e5
    with pytest.raises(CheckpointError, match="float16 cannot hold"):
        write_token_table(tower, tmp_path)


def test_a_graph_with_other_attention_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    tower = load_tower(checkpoint, "text_model")
    tower.set_attn_implementation("eager")
    with pytest.raises(ModelsError, match="0 Attention and 3 Softmax nodes, expected 3 and none"):
        export_text_encoder(tower, tmp_path)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("name", ["text_encoder.onnx", "text_encoder.onnx.data", "tokenizer.json"])
def test_damage_is_found_before_the_first_label(name: str, fp32: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(fp32, tmp_path / "damaged")
    flip(damaged / name)
    with pytest.raises(ArtifactError, match=f"{name}: its content is not what the manifest says"):
        opened(damaged)


def test_the_table_is_sized(fp32: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(fp32, tmp_path / "damaged")
    with (damaged / "token_table.npy").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ArtifactError, match=r"token_table\.npy: expected float16"):
        opened(damaged)
    np.save(damaged / "token_table.npy", np.zeros((64, 48), np.float32))
    with pytest.raises(ArtifactError, match=r"token_table\.npy: expected float16"):
        opened(damaged)


@pytest.mark.parametrize(("key", "value"), [("length", 32), ("width", 64), ("vocab_size", 65)])
def test_a_manifest_that_describes_another_tower(key: str, value: int, fp32: Path, tmp_path: Path) -> None:
    other = shutil.copytree(fp32, tmp_path / "other")
    change_manifest(other, lambda document: document["text"].update({key: value}))
    with pytest.raises(ArtifactError, match=r"not what the manifest says|expected float16"):
        opened(other)
