import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.common.artifact_check import DamagedArtifact, check_artifact, main
from tests.functions.artifacts import change_manifest

DEMO = Path("models/demo/semantic/artifact")


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return shutil.copytree(DEMO, tmp_path / "artifact")


def _flip_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_the_demo_artifact_is_intact() -> None:
    assert check_artifact(DEMO) == sum(path.stat().st_size for path in DEMO.iterdir() if path.name != "manifest.json")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: _flip_last_byte(folder / "token_table.npy"), r"token_table\.npy: its content is not what"),
        (lambda folder: (folder / "token_table.npy").unlink(), r"token_table\.npy: cannot be read \(No such file"),
        (lambda folder: (folder / "extra").touch(), "extra: the manifest does not list it"),
        (lambda folder: (folder / "manifest.json").unlink(), r"manifest\.json: cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "holds no list of files"),
        (lambda folder: (folder / "manifest.json").write_text("cut sho"), "holds no list of files"),
        (
            lambda folder: change_manifest(folder, lambda document: document.update(files={})),
            "holds no list of files",
        ),
    ],
)
def test_damage_is_named(artifact: Path, damage: Callable[[Path], None], message: str) -> None:
    damage(artifact)
    with pytest.raises(DamagedArtifact, match=message):
        check_artifact(artifact)


def test_the_exit_status_says_it(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(artifact)]) == 0
    (artifact / "prompts.npy").write_bytes(b"")
    assert main([str(artifact)]) == 1
    assert main([]) == 2
    output = capsys.readouterr()
    assert output.out.startswith(f"{artifact}: intact, ")
    assert output.err.splitlines() == [
        f"error: {artifact / 'prompts.npy'}: its content is not what the manifest says",
        "usage: python -m functions.common.artifact_check DIR",
    ]


def test_it_needs_no_package() -> None:
    """An image is built by a bare Python: -I and -S leave out everything installed."""
    script = Path("functions/common/artifact_check.py").resolve()
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(DEMO)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
