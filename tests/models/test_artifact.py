from pathlib import Path

import pytest

from functions.semantic.manifest import read_manifest
from models.artifact import is_intact, replacing, tool_versions
from models.errors import ModelsError


def _listing(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    with replacing(tmp_path / "deep" / "out") as directory:
        (directory / "manifest.json").write_text("new")
        assert not (tmp_path / "deep" / "out").exists()
    assert _listing(tmp_path) == ["deep", "deep/out", "deep/out/manifest.json"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text("old")

    def export() -> None:
        with replacing(out) as directory:
            (directory / "manifest.json").write_text("new")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        export()
    assert (out / "manifest.json").read_text() == "old"
    assert _listing(tmp_path) == ["out", "out/manifest.json"]


def test_an_older_artifact_is_replaced_with_all_its_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text("old")
    (out / "left-over").write_text("old")
    with replacing(out) as directory:
        (directory / "manifest.json").write_text("new")
    assert _listing(tmp_path) == ["out", "out/manifest.json"]
    assert (out / "manifest.json").read_text() == "new"


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ModelsError, match=r"holds no manifest\.json"), replacing(tmp_path):
        pytest.fail("the block must not run")
    assert _listing(tmp_path) == ["thesis.txt"]


def test_other_users_can_read_it(tmp_path: Path) -> None:
    with replacing(tmp_path / "out") as directory:
        directory.chmod(0o700)
        (directory / "weights").touch(mode=0o600)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "out" / "weights").stat().st_mode & 0o777 == 0o644


def test_intact_means_every_byte(int8: Path, tmp_path: Path) -> None:
    import shutil

    manifest, _ = read_manifest(int8)
    out = shutil.copytree(int8, tmp_path / "out")
    assert is_intact(out, manifest, ["int8"])
    assert not is_intact(out, manifest, ["fp32"])
    assert not is_intact(out, manifest.model_copy(update={"tools": tool_versions() | {"torch": "3"}}), ["int8"])
    with (out / "image_encoder.onnx.data").open("r+b") as file:
        file.seek(1000)
        byte = file.read(1)
        file.seek(1000)
        file.write(bytes([byte[0] ^ 1]))
    assert not is_intact(out, manifest, ["int8"])
    shutil.rmtree(out)
    assert not is_intact(out, manifest, ["int8"])


def test_a_file_too_many_is_not_intact(int8: Path, tmp_path: Path) -> None:
    import shutil

    manifest, _ = read_manifest(int8)
    out = shutil.copytree(int8, tmp_path / "out")
    (out / "extra").touch()
    assert not is_intact(out, manifest, ["int8"])
