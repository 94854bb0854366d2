import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from functions.common.artifact import Artifact, ArtifactError
from functions.semantic.labels import read_labels
from functions.semantic.manifest import SemanticManifest, read_manifest
from functions.semantic.text_encoder import open_text_encoder
from models.artifact import describe_files
from models.cli import main
from models.errors import ModelsError
from models.semantic.labels import embed_labels, read_label_file


@pytest.fixture
def out(int8: Path, tmp_path: Path) -> Path:
    return shutil.copytree(int8, tmp_path / "semantic")


def opened(directory: Path) -> Artifact[SemanticManifest]:
    manifest, digest = read_manifest(directory)
    return Artifact(directory, manifest, digest)


def test_what_is_embedded_is_what_would_be(out: Path) -> None:
    done = embed_labels(out, ["A Person!", "red_hair"], "a photo of {label}")
    found = read_labels(opened(out))
    assert list(found) == ["a photo of a person", "a photo of red hair"]
    encoder = open_text_encoder(opened(out), threads=1)
    for text, known in found.items():
        np.testing.assert_allclose(known.vector, encoder.encode(text).vector, atol=1e-6)
    manifest, digest = read_manifest(out)
    assert (done.new, done.held, done.digest) == (2, 2, digest)
    assert manifest.files == describe_files(out)


def test_later_ones_are_added(out: Path, int8: Path) -> None:
    embed_labels(out, ["a coat"])
    first = read_labels(opened(out))["a coat"].vector
    done = embed_labels(out, ["A coat.", "a beach", "A BEACH"])
    assert (done.new, done.held) == (1, 2)
    assert (read_labels(opened(out))["a coat"].vector == first).all()
    assert embed_labels(out, ["a beach"]).digest == done.digest
    for path in int8.iterdir():
        if path.name != "manifest.json":
            assert (out / path.name).read_bytes() == path.read_bytes()


def test_an_artifact_without_labels_has_none(int8: Path) -> None:
    assert read_labels(opened(int8)) == {}


@pytest.mark.parametrize(
    ("labels", "template", "message"),
    [
        (["a coat", "!!"], None, "label '!!' has nothing but punctuation"),
        (["a coat"], "a photo", "{label} exactly once"),
        (["a coat", "a " * 64], None, "has too many tokens; the limit is 64"),
    ],
)
def test_what_cannot_be_embedded(labels: list[str], template: str | None, message: str, out: Path) -> None:
    before = (out / "manifest.json").read_bytes()
    with pytest.raises(ModelsError, match=message):
        embed_labels(out, labels, template)
    assert (out / "manifest.json").read_bytes() == before
    assert [path.name for path in out.parent.iterdir()] == ["semantic"]


def test_damaged_labels_are_refused(out: Path) -> None:
    embed_labels(out, ["a coat"])
    content = bytearray((out / "labels.npy").read_bytes())
    content[-1] ^= 1
    (out / "labels.npy").write_bytes(bytes(content))
    with pytest.raises(ArtifactError, match=r"labels\.npy: its content is not what the manifest says"):
        read_labels(opened(out))


def test_the_command(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("a coat\n\n  a beach \na coat\n", encoding="utf-8")
    assert read_label_file(file) == ("a coat", "a beach")
    arguments = ["embed", "--labels", str(file), "--artifact", str(out), "--json"]
    assert main(arguments) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["new"], result["held"], result["digest"]) == (2, 2, read_manifest(out)[1])
    file.write_text("\n")
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"error: {file}: holds no labels; write one per line\n"
    file.write_bytes(b"\xff")
    assert main(arguments) == 2
    assert "cannot be read as text in UTF-8" in capsys.readouterr().err
