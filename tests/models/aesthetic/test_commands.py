import json
import shutil
from pathlib import Path

import pytest

from functions.aesthetic.manifest import read_manifest
from models.cli import main
from models.digests import file_sha256


@pytest.mark.usefixtures("traced_once")
def test_export_says_what_it_did(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, words, out = tmp_path / "source", tmp_path / "words", tmp_path / "out"
    shutil.copytree(published, source)
    words.mkdir()
    shutil.move(source / "vocab.txt", words / "vocab.txt")
    arguments = ["export", "aesthetic", "--checkpoint", str(source), "--vocab", str(words), "--out", str(out)]
    assert main([*arguments, "--precision", "fp32", "--target", "arm64", "--json"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    result = json.loads(output.out)
    manifest, digest = read_manifest(out)
    assert (result["status"], result["digest"]) == ("written", digest)
    assert result["manifest"] == manifest.model_dump(mode="json")
    assert (manifest.precision, manifest.target) == ("fp32", "arm64")
    assert (manifest.model.id, manifest.vocabulary.id) == ("source", "words")
    assert manifest.vocabulary.sha256 == file_sha256(words / "vocab.txt")
    assert result["parity"]["max_reward_change"] < 1e-4
    assert main([*arguments, "--precision", "fp32", "--target", "arm64"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [f"{out}: already there and intact", "  source"]
    assert lines[2].startswith("  fp32 for arm64, ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--checkpoint", "nowhere"], "nowhere is neither a folder nor a hub repository (owner/name)"),
        (["--checkpoint", "."], "med_config.json: missing from the checkpoint"),
        (["--checkpoint", ".", "--revision", "main"], ". is a local folder: --revision is for hub repositories"),
        (
            ["--checkpoint", "THUDM/ImageReward"],
            "THUDM/ImageReward is not pinned: run `python -m models lock` where the model hub can be reached",
        ),
    ],
)
def test_errors_are_one_sentence(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", "aesthetic", *arguments, "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_a_vocabulary_that_is_nowhere(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--checkpoint", str(published), "--vocab", "nowhere", "--out", str(tmp_path / "out")]
    assert main(["export", "aesthetic", *arguments]) == 2
    assert capsys.readouterr().err == "error: nowhere is neither a folder nor a hub repository (owner/name)\n"


def test_the_generated_checkpoint_has_no_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["random", "--shape", "image-reward", "--out", str(tmp_path)]
    assert main([*command, "--seed", "1"]) == 2
    assert "takes no --seed" in capsys.readouterr().err
    (tmp_path / "notes.txt").touch()
    assert main(command) == 2
    assert "is not an empty folder" in capsys.readouterr().err
