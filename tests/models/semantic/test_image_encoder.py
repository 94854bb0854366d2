from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from transformers import SiglipModel, SiglipVisionConfig, SiglipVisionModel

from functions.semantic.prompts import read_prompts
from models.errors import ModelsError
from models.semantic.checkpoint import Checkpoint
from models.semantic.image_encoder import ImageEncoder, export_image_encoder
from models.semantic.parity import run_graph
from models.semantic.weights import load_tower

Pictures = tuple[NDArray[np.float32], ...]


def _normalise(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


def test_embeddings_are_those_of_transformers(fp32: Path, reference: SiglipModel, pictures: Pictures) -> None:
    found = run_graph(fp32 / "image_encoder.onnx", pictures)
    with torch.inference_mode():
        expected = reference.get_image_features(torch.from_numpy(np.concatenate(pictures))).pooler_output.numpy()
    assert found.shape == (4, 64)
    assert np.linalg.norm(found, axis=1).min() > 1.5  # not normalised
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_logits_and_probabilities_are_those_of_transformers(
    fp32: Path, checkpoint: Checkpoint, reference: SiglipModel, pictures: Pictures
) -> None:
    """On the rows that hold a single text, through SiglipModel's own forward."""
    from models.semantic.tokenization import PromptTokenizer

    texts = ("an anime drawing", "anime art")
    matrix, rows = read_prompts(fp32)
    chosen = [[row.text for row in rows].index(text) for text in texts]
    with torch.inference_mode():
        expected = reference(
            input_ids=torch.from_numpy(PromptTokenizer(checkpoint).encode(texts)),
            pixel_values=torch.from_numpy(np.concatenate(pictures)),
        ).logits_per_image
    embeddings = _normalise(run_graph(fp32 / "image_encoder.onnx", pictures))
    logits = embeddings @ matrix[chosen].T * np.exp(reference.logit_scale.item()) + reference.logit_bias.item()
    assert np.ptp(logits) > 1  # the pictures do differ
    np.testing.assert_allclose(logits, expected.numpy(), atol=1e-3)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), expected.sigmoid().numpy(), atol=1e-4)


@pytest.mark.parametrize("artifact", ["fp32", "int8"])
def test_the_graph_is_as_stated(artifact: str, request: pytest.FixtureRequest) -> None:
    directory: Path = request.getfixturevalue(artifact)
    model = onnx.load(directory / "image_encoder.onnx", load_external_data=False)
    counts = Counter(node.op_type for node in model.graph.node)
    assert [(entry.domain, entry.version) for entry in model.opset_import if not entry.domain] == [("", 23)]
    assert counts["Attention"] == 3 + 1  # the layers and the pooling head
    assert counts["Softmax"] == 0
    sizes = {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in (*model.graph.input, *model.graph.output)
    }
    assert sizes == {"pixels": (1, 3, 56, 56), "embedding": (1, 64)}


@pytest.mark.parametrize("artifact", ["fp32", "int8"])
def test_weights_lie_in_the_one_file_beside_the_graph(artifact: str, request: pytest.FixtureRequest) -> None:
    directory: Path = request.getfixturevalue(artifact)
    model = onnx.load(directory / "image_encoder.onnx", load_external_data=False)
    outside = [tensor for tensor in model.graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    places = {entry.value for tensor in outside for entry in tensor.external_data if entry.key == "location"}
    assert places == {"image_encoder.onnx.data"}
    inside = [tensor for tensor in model.graph.initializer if tensor.data_location != onnx.TensorProto.EXTERNAL]
    assert max(tensor.ByteSize() for tensor in inside) < 2048


def test_what_does_not_depend_on_the_picture_is_folded_at_any_size(tmp_path: Path) -> None:
    """Exporters fold small constants only, and a published model's projection of the head's query has 1.3 M weights."""
    config = SiglipVisionConfig(
        hidden_size=192, intermediate_size=256, num_hidden_layers=1, num_attention_heads=4, image_size=32, patch_size=16
    )
    config._attn_implementation = "sdpa"
    path = export_image_encoder(SiglipVisionModel(config), tmp_path)
    model = onnx.load(path, load_external_data=False)
    made = {name for node in model.graph.node for name in node.output} | {"pixels"}
    constant = [node.op_type for node in model.graph.node if not made.intersection(node.input)]
    assert constant == []
    assert sum(tuple(tensor.dims) == (192, 192) for tensor in model.graph.initializer) == 4 + 3


def test_a_graph_with_other_attention_is_refused(checkpoint: Checkpoint, tmp_path: Path) -> None:
    tower = load_tower(checkpoint, "vision_model")
    tower.set_attn_implementation("eager")
    with pytest.raises(ModelsError, match="1 Attention and 3 Softmax nodes, expected 4 and none"):
        export_image_encoder(tower, tmp_path)


def test_the_pooling_head_is_transformers_own(checkpoint: Checkpoint, reference: SiglipModel) -> None:
    encoder = ImageEncoder(load_tower(checkpoint, "vision_model")).eval()
    hidden = torch.randn(1, 16, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        torch.testing.assert_close(encoder.head(hidden), reference.vision_model.head(hidden), atol=1e-5, rtol=0)
