from pathlib import Path

from emulation.function_image import default_artifacts
from functions.common.deployment import demo_artifact


def test_an_image_holds_what_would_be_served_here(tmp_path: Path) -> None:
    assert tmp_path / demo_artifact("semantic").relative_to(Path.cwd()) == default_artifacts("semantic", tmp_path)
    (tmp_path / "artifacts" / "aesthetic").mkdir(parents=True)
    assert default_artifacts("semantic", tmp_path) == tmp_path / "models" / "demo" / "semantic" / "artifact"
    (tmp_path / "artifacts" / "semantic").mkdir()
    assert default_artifacts("semantic", tmp_path) == tmp_path / "artifacts" / "semantic"
