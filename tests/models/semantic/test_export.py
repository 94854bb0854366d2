import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from functions.common.manifest import FileDigest, ModelIdentity, PictureSetReference
from functions.semantic.manifest import Preprocessing, Scoring, SemanticManifest, TextInput, read_manifest
from models import pictures
from models.digests import file_sha256
from models.errors import CheckpointError, ModelsError, ParityError
from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.export import Export, export_semantic
from taxonomy import Taxonomy

FILES = [
    *("image_encoder.onnx", "image_encoder.onnx.data", "prompts.json", "prompts.npy"),
    *("text_encoder.onnx", "text_encoder.onnx.data", "token_table.npy", "tokenizer.json"),
]


def _bytes(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_the_manifest(int8: Path, checkpoint: Checkpoint, published: Path) -> None:
    manifest, _ = read_manifest(int8)
    # What is found out on the way has tests of its own.
    assert manifest.gate is not None
    assert manifest.canaries is not None
    assert manifest.model_copy(update={"gate": None, "canaries": None}) == SemanticManifest(
        format=1,
        function="semantic",
        model=ModelIdentity(
            id="tiny-siglip",
            revision=None,
            weights_sha256=file_sha256(published / "model.safetensors"),
            checkpoint_sha256=checkpoint.identity.checkpoint_sha256,
            demo=False,
        ),
        precision="int8",
        target="portable",
        embedding_size=64,
        preprocessing=Preprocessing(
            height=56, width=56, resample="bilinear", rescale_factor=1 / 255, mean=(0.5,) * 3, std=(0.5,) * 3
        ),
        scoring=Scoring(logit_scale=float(np.float32(math.log(10))), logit_bias=-16, temperature=1),
        text=TextInput(length=64, width=48, vocab_size=64, pad_id=0, eos_id=1),
        taxonomy_digest="ab" * 32,
        covers=None,
        picture_set=PictureSetReference(count=64, sha256=pictures.load().sha256),
        files={name: FileDigest(bytes=(int8 / name).stat().st_size, sha256=file_sha256(int8 / name)) for name in FILES},
        tools={
            "imajin-export": "4",
            **{
                name: version(name)
                for name in (
                    "numpy",
                    "onnx",
                    "onnxruntime",
                    "onnxscript",
                    "pillow",
                    "tokenizers",
                    "torch",
                    "transformers",
                )
            },
        },
    )
    assert sorted(path.name for path in int8.iterdir()) == sorted([*FILES, "manifest.json"])


def test_parity_is_measured(int8_export: tuple[Path, Export]) -> None:
    found = int8_export[1].parity
    assert found is not None
    assert found.pictures == "4 generated pictures"
    assert 0 < found.fp32.max_logit < 1e-3
    assert found.text is not None
    assert found.text.texts == "9 prompts"
    assert 0 < found.text.fp32.max_logit < 0.02


def test_a_second_export_gives_the_same_bytes(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, int8: Path, tmp_path: Path
) -> None:
    export_semantic(checkpoint, small_taxonomy, tmp_path / "again")
    assert _bytes(tmp_path / "again") == _bytes(int8)


@pytest.mark.parametrize("artifact", ["fp32", "int8"])
def test_no_file_tells_of_the_machine(artifact: str, request: pytest.FixtureRequest, published: Path) -> None:
    import torch

    places = [Path.home(), Path.cwd(), published.parent, Path(torch.__file__).parents[1]]
    needles = [str(place).encode() for place in places if len(place.parts) > 1] + [b"site-packages", b'.py"', b"File "]
    for name, content in _bytes(request.getfixturevalue(artifact)).items():
        assert [needle for needle in needles if needle in content] == [], name


def test_what_is_there_and_intact_is_left_alone(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, int8: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(int8, tmp_path / "out")
    before = (out / "manifest.json").stat().st_mtime_ns
    done = export_semantic(checkpoint, small_taxonomy, out)
    assert done.parity is None
    assert done.digest == read_manifest(int8)[1]
    assert (out / "manifest.json").stat().st_mtime_ns == before


@pytest.mark.usefixtures("traced_once")
def test_force_and_damage_and_other_wishes_redo_it(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, fp32: Path, tmp_path: Path
) -> None:
    """In fp32: what int8 adds takes its time, and comes after it is known what there is to do."""
    out = shutil.copytree(fp32, tmp_path / "out")
    export = partial(export_semantic, out=out, precision="fp32")
    assert export(checkpoint, small_taxonomy, force=True).parity is not None
    (out / "prompts.npy").write_bytes(b"damaged")
    assert export(checkpoint, small_taxonomy).parity is not None
    assert _bytes(out) == _bytes(fp32)
    assert export(checkpoint, small_taxonomy, temperature=3).manifest.scoring.temperature == 3
    assert export(checkpoint, small_taxonomy, target="arm64").manifest.target == "arm64"
    changed = replace(small_taxonomy, digest="cd" * 32)
    assert export(checkpoint, changed).manifest.taxonomy_digest == "cd" * 32


@pytest.mark.usefixtures("traced_once")
def test_prompts_are_not_embedded_again_for_another_precision(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, int8: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(int8, tmp_path / "out")
    monkeypatch.setattr("models.semantic.prompts.embed", lambda *_, **__: pytest.fail("embedded"))
    assert export_semantic(checkpoint, small_taxonomy, out, precision="fp32").manifest.precision == "fp32"
    for name in ("prompts.npy", "prompts.json"):
        assert (out / name).read_bytes() == (int8 / name).read_bytes()
    with pytest.raises(pytest.fail.Exception, match="embedded"):
        export_semantic(checkpoint, small_taxonomy, out, force=True)
    (out / "prompts.npy").write_bytes(b"damaged")
    with pytest.raises(pytest.fail.Exception, match="embedded"):
        export_semantic(checkpoint, small_taxonomy, out)


def test_a_failed_export_leaves_the_old_artifact(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, int8: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(int8, tmp_path / "artifacts" / "out")
    long = replace(small_taxonomy, neutral=(" ".join(["plain"] * 80),), digest="cd" * 32)
    with pytest.raises(ModelsError, match="the limit is 64"):
        export_semantic(checkpoint, long, out)
    assert _bytes(out) == _bytes(int8)
    assert [path.name for path in out.parent.iterdir()] == ["out"]


@pytest.mark.usefixtures("traced_once")
def test_a_graph_that_drifts_is_not_written(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.semantic.parity.FP32_LOGIT_LIMIT", 1e-9)
    with pytest.raises(ParityError, match="moves a logit"):
        export_semantic(checkpoint, small_taxonomy, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("traced_once")
def test_a_text_graph_that_drifts_is_not_written(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.semantic.parity.TEXT_LOGIT_LIMIT", 1e-9)
    with pytest.raises(ParityError, match="the fp32 text graph moves a logit"):
        export_semantic(checkpoint, small_taxonomy, tmp_path / "out", precision="fp32")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("traced_once")
def test_without_its_text_tower(checkpoint: Checkpoint, small_taxonomy: Taxonomy, fp32: Path, tmp_path: Path) -> None:
    out = shutil.copytree(fp32, tmp_path / "out")
    done = export_semantic(checkpoint, small_taxonomy, out, precision="fp32", text=False)
    assert done.parity is not None
    assert (done.manifest.text, done.parity.text) == (None, None)
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES[:4], "manifest.json"])
    for name in FILES[:4]:
        assert (out / name).read_bytes() == (fp32 / name).read_bytes()


@pytest.mark.usefixtures("traced_once")
def test_a_card_beside_the_checkpoint_speaks_for_it(
    copied: Path, small_taxonomy: Taxonomy, tmp_path: Path, edit: Callable[..., None]
) -> None:
    card = {"name": "imajin-demo-semantic", "revision": "7", "temperature": 2.5, "covers": ["leather", "neutral"]}
    edit(copied / "imajin.json", **card)
    manifest = export_semantic(open_checkpoint(copied), small_taxonomy, tmp_path / "out", precision="fp32").manifest
    assert (manifest.model.id, manifest.model.revision, manifest.model.demo) == ("imajin-demo-semantic", "7", True)
    assert manifest.covers == ("leather", "neutral")
    assert manifest.scoring.temperature == 2.5
    edit(copied / "imajin.json", **(card | {"covers": ["leather", "feathers"]}))
    with pytest.raises(CheckpointError, match="covers 'feathers', which the taxonomy does not have"):
        export_semantic(open_checkpoint(copied), small_taxonomy, tmp_path / "out")


def test_the_manifest_is_plain_json(int8: Path) -> None:
    assert json.loads((int8 / "manifest.json").read_text())["format"] == 1
