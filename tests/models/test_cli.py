import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.semantic.manifest import read_manifest
from models.cli import _parser, main


def test_export_prints_what_it_did(published: Path, tmp_path: Path, int8: Path) -> None:
    """In a process of its own, where warnings are errors too; its graph is the one exported in this process."""
    out = tmp_path / "out"
    command = [sys.executable, "-W", "error", "-m", "models", "export", "semantic"]
    done = subprocess.run(
        [*command, "--checkpoint", str(published), "--out", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{out}: written"
    assert lines[1] == "  tiny-siglip"
    assert lines[2].startswith("  int8 for portable, ")
    assert lines[3].startswith("  parity of fp32 with torch on 4 generated pictures: logits differ by at most ")
    assert lines[4].startswith("  parity of fp32 with torch on 16 prompts: ")
    assert lines[5].startswith("  gate of image_encoder.onnx on 64 pictures: max logit change 0.")
    assert lines[5].endswith(" (limit 0.2), decisions flipped 0 (limit 0)")
    assert lines[6].startswith("  gate of text_encoder.onnx on 64 texts: ")
    assert "embed prompts" in done.stderr
    for name in ("image_encoder.onnx", "image_encoder.onnx.data"):
        assert (out / name).read_bytes() == (int8 / name).read_bytes()


@pytest.mark.usefixtures("traced_once")
def test_json_has_it_all_and_no_bars(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--checkpoint", str(published), "--out", str(tmp_path / "out"), "--precision", "fp32", "--json"]
    assert main(["export", "semantic", *arguments, "--temperature", "2", "--target", "arm64"]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    result = json.loads(output.out)
    manifest, digest = read_manifest(tmp_path / "out")
    assert (result["status"], result["digest"]) == ("written", digest)
    assert result["manifest"] == manifest.model_dump(mode="json")
    assert (manifest.scoring.temperature, manifest.target, manifest.precision) == (2, "arm64", "fp32")
    assert result["parity"]["fp32"]["max_logit"] < 1e-3
    assert result["manifest"]["gate"] is None
    assert result["peak_memory_mb"] > 100


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        ("nowhere", "nowhere is neither a folder nor a hub repository (owner/name)"),
        (".", "config.json: missing from the checkpoint"),
    ],
)
def test_errors_are_one_sentence(
    checkpoint: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "semantic", "--checkpoint", checkpoint, "--out", str(tmp_path / "out")]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == f"error: {message}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_named(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    arguments = ["export", "semantic", "--checkpoint", str(published), "--json", "--out"]
    for out, message in (
        (tmp_path / "file", f"{tmp_path / 'file'} is a file: choose a folder"),
        (tmp_path / "file" / "out", f"{tmp_path / 'file'}: File exists"),
    ):
        assert main([*arguments, str(out)]) == 2
        assert capsys.readouterr().err == f"error: {message}\n"


def test_what_does_not_compute_does_not_wait_for_torch() -> None:
    """In a process of its own, where nothing else has imported it."""
    names = "models.cli", "models.remote_commands", "models.sources"
    heavy = "{'torch', 'transformers', 'onnx', 'onnxruntime'}"
    program = f"import sys, {', '.join(names)}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_revision_of_a_folder_is_refused(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--checkpoint", str(published), "--revision", "main", "--out", str(tmp_path / "out")]
    assert main(["export", "semantic", *arguments]) == 2
    assert "--revision is for hub repositories" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "warm"])
def test_a_temperature_that_is_none_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["export", "semantic", "--checkpoint", ".", "--out", "x", "--temperature", value])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        f"error: argument --temperature: must be a number above 0, not {value!r}; "
        "see python -m models export semantic --help\n"
    )


def test_options_that_are_wrong_are_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["export", "aesthetic", "--out", "x"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        "error: the following arguments are required: --checkpoint; see python -m models export aesthetic --help\n"
    )


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser of every command, however deep."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from commands(command)
                yield command


@pytest.mark.parametrize("command", list(commands(_parser())), ids=lambda command: str(command.prog))
def test_every_option_is_explained(command: argparse.ArgumentParser) -> None:
    assert [action.dest for action in command._actions if not action.help and action.option_strings] == []
