"""Exports of checkpoints that quantise well, badly in places, and badly throughout."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from functions.semantic.encoders import ENCODER_NAME
from functions.semantic.manifest import SemanticManifest, read_manifest
from functions.semantic.model import open_model
from functions.semantic.prompts import read_prompts
from functions.semantic.text_encoder import TEXT_ENCODER_NAME, open_text_encoder
from models import pictures
from models.errors import GateError
from models.semantic.checkpoint import open_checkpoint
from models.semantic.export import Export, export_semantic
from taxonomy import Taxonomy, canonicalize
from tests.models.outliers import plant_outliers

VISION = ("layers.1.mlp.fc1", "layers.2.self_attn.out_proj")
TEXT = ("layers.0.mlp.fc1",)


@pytest.fixture(scope="module")
def planted(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint with outliers before three of its layers; it answers as it did."""
    directory = shutil.copytree(published, tmp_path_factory.mktemp("planted") / "tiny-siglip")
    plant_outliers(directory, "vision_model", *(name.removeprefix("layers.") for name in VISION))
    plant_outliers(directory, "text_model", *(name.removeprefix("layers.") for name in TEXT))
    return directory


@pytest.fixture(scope="module")
def mixed(planted: Path, small_taxonomy: Taxonomy, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Export]:
    out = tmp_path_factory.mktemp("mixed") / "semantic"
    return out, export_semantic(open_checkpoint(planted), small_taxonomy, out)


def _embeddings(artifact: Path, taxonomy: Taxonomy) -> np.ndarray:
    """Of the picture set, by the service's own code: (pictures, embedding)."""
    encoder = open_model(artifact, taxonomy, 2).encoder
    images = [picture.decode() for picture in pictures.load().pictures]
    return np.stack([encoder.encode_post(encoder.encode_core(encoder.encode_pre(image))) for image in images])


def test_what_quantises_well_is_all_int8(int8_export: tuple[Path, Export]) -> None:
    manifest = int8_export[1].manifest
    assert manifest.precision == "int8"
    assert manifest.gate is not None
    assert manifest.gate.label is None
    assert set(manifest.gate.graphs) == {ENCODER_NAME, TEXT_ENCODER_NAME}
    for graph in manifest.gate.graphs.values():
        assert (graph.kept_fp32, graph.kept_share) == ((), 0)
        assert {name: figure.limit for name, figure in graph.figures.items()} == {
            "max_logit_change": 0.5,
            "p95_logit_change": 0.2,
            "decisions_flipped": 0,
        }
        assert 0 < graph.figures["p95_logit_change"].value < graph.figures["max_logit_change"].value
    loaded = pictures.load()
    assert manifest.picture_set is not None
    assert (manifest.picture_set.count, manifest.picture_set.sha256) == (64, loaded.sha256)
    assert manifest.gate.graphs[ENCODER_NAME].compared == "64 pictures"
    assert manifest.gate.graphs[TEXT_ENCODER_NAME].compared == "4 texts"


def test_exactly_the_layers_behind_outliers_stay_in_fp32(mixed: tuple[Path, Export]) -> None:
    directory, done = mixed
    assert done.manifest.precision == "mixed"
    assert done.manifest.gate is not None
    graphs = done.manifest.gate.graphs
    assert graphs[ENCODER_NAME].kept_fp32 == VISION
    assert graphs[TEXT_ENCODER_NAME].kept_fp32 == TEXT
    assert all(figure.value <= figure.limit for graph in graphs.values() for figure in graph.figures.values())
    # 152 x 64 and 64 x 64 of (4 x 64 x 64 + 2 x 152 x 64) a layer; the head's query is a constant.
    assert graphs[ENCODER_NAME].kept_share == pytest.approx((152 + 64) / (4 * (4 * 64 + 2 * 152) - 64), abs=1e-6)
    nodes = Counter(node.op_type for node in onnx.load(directory / ENCODER_NAME, load_external_data=False).graph.node)
    assert (nodes["MatMul"], nodes["MatMulInteger"]) == (2, 3 * 6 + 5 - 2)


def test_nothing_but_what_is_used_is_written(mixed: tuple[Path, Export], int8: Path) -> None:
    directory, done = mixed
    assert {path.name for path in directory.iterdir()} == {path.name for path in int8.iterdir()}
    extra = (
        done.manifest.files[f"{ENCODER_NAME}.data"].bytes - read_manifest(int8)[0].files[f"{ENCODER_NAME}.data"].bytes
    )
    # Four bytes a weight in place of one, for two layers.
    assert extra == pytest.approx(3 * (152 * 64 + 64 * 64), abs=8192)


def test_the_figures_recompute(mixed: tuple[Path, Export], fp32: Path, small_taxonomy: Taxonomy) -> None:
    """By the service's own code, against the fp32 artifact: outliers planted or not, that answers the same."""
    directory, done = mixed
    assert read_manifest(fp32)[0].gate is None
    matrix, rows = read_prompts(directory)
    used = [row.kind != "prompt" for row in rows]
    before, after = (_embeddings(folder, small_taxonomy) for folder in (fp32, directory))
    scale = np.exp(done.manifest.scoring.logit_scale)
    change = scale * np.abs((after.astype(np.float64) - before) @ matrix[used].T)
    assert done.manifest.gate is not None
    gate = done.manifest.gate.graphs[ENCODER_NAME]
    assert gate.figures["max_logit_change"].value == pytest.approx(change.max(), abs=1e-5)
    assert gate.figures["p95_logit_change"].value == pytest.approx(np.percentile(change, 95), abs=1e-5)
    assert gate.notes["logits"] == change.size
    assert gate.notes["min_cosine"] == pytest.approx((before * after).sum(axis=1).min(), abs=1e-5)
    # Two filters in three styles of wording, at two thresholds; the one class has none.
    assert gate.notes["decisions"] == 64 * 2 * 3 * 2
    _check_text(directory, fp32, done.manifest, small_taxonomy, before)


def _check_text(
    mixed: Path, fp32: Path, manifest: SemanticManifest, taxonomy: Taxonomy, embeddings: np.ndarray
) -> None:
    encoders = [open_text_encoder(open_model(folder, taxonomy, 2).artifact, 2) for folder in (fp32, mixed)]
    texts = [canonicalize(prompt) for entry in taxonomy.filters for prompt in entry.prompts]
    before, after = (np.stack([encoder.encode(text).vector for text in texts]) for encoder in encoders)
    change = np.exp(manifest.scoring.logit_scale) * np.abs((after.astype(np.float64) - before) @ embeddings.T)
    assert manifest.gate is not None
    gate = manifest.gate.graphs[TEXT_ENCODER_NAME]
    assert gate.figures["max_logit_change"].value == pytest.approx(change.max(), abs=1e-5)
    assert gate.figures["p95_logit_change"].value == pytest.approx(np.percentile(change, 95), abs=1e-5)


def test_an_artifact_that_is_there_in_mixed_precision_is_left_alone(
    mixed: tuple[Path, Export], planted: Path, small_taxonomy: Taxonomy
) -> None:
    directory, done = mixed
    again = export_semantic(open_checkpoint(planted), small_taxonomy, directory)
    assert (again.parity, again.digest) == (None, done.digest)


def test_asked_for_int8_and_nothing_else_it_is_refused(planted: Path, small_taxonomy: Taxonomy, tmp_path: Path) -> None:
    with pytest.raises(GateError) as refusal:
        export_semantic(open_checkpoint(planted), small_taxonomy, tmp_path / "out", precision="int8", text=False)
    message = str(refusal.value)
    assert message.startswith("image_encoder.onnx in int8 is too far from fp32: max logit change ")
    assert "(at most 0.5), p95 logit change " in message
    assert message.endswith("--precision auto keeps its most sensitive layers in fp32")
    assert list(tmp_path.iterdir()) == []


def test_what_would_mostly_stay_in_fp32_is_refused(published: Path, small_taxonomy: Taxonomy, tmp_path: Path) -> None:
    directory = shutil.copytree(published, tmp_path / "hub" / "tiny-siglip")
    places = [f"{block}.{part}" for block in range(3) for part in ("mlp.fc1", "self_attn", "self_attn.out_proj")]
    plant_outliers(directory, "vision_model", *places)
    out = tmp_path / "artifacts" / "semantic"
    out.parent.mkdir()
    with pytest.raises(
        GateError, match=r"layers would have to stay in fp32, \d+% of the weights, where at most 50% may"
    ):
        export_semantic(open_checkpoint(directory), small_taxonomy, out, text=False)
    assert list(out.parent.iterdir()) == []
