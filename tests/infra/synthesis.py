"""A copy of the repository with much beside it that no image may hold, and what the app makes of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from aws_cdk import assertions

DEMO = "models/demo/semantic/artifact"
PUBLISHED = "artifacts/semantic"
# None of these may reach the semantic function's image.
DECOYS = (
    *(".git/HEAD", ".venv/lib/torch/__init__.py", "node_modules/aws-cdk/index.js", "cdk.out/manifest.json"),
    *("README.md", "pyproject.toml", "requirements-dev.txt", ".env", ".gitignore"),
    *("tests/functions/test_api.py", "infra/stacks/other.py", "models/torch_model.py", "models/demo/semantic/weights"),
    *("functions/aesthetic/api.py", "functions/aesthetic/Dockerfile", "functions/aesthetic/requirements.txt"),
    *("functions/semantic/gpu.py", "functions/semantic/Dockerfile.gpu", "functions/semantic/README.md"),
    *("functions/semantic/__pycache__/api.cpython-313.pyc", "functions/semantic/old.pyc", "functions/semantic/.env"),
    *("functions/semantic/tests/test_api.py", "functions/common/gpu.py", "taxonomy/README.md", "pricing/.cache/x"),
    *("artifacts/aesthetic/reward.onnx", "models/demo/aesthetic/artifact/reward.onnx"),
)


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What the app made of one configuration."""

    template: assertions.Template
    directory: Path

    @property
    def image(self) -> tuple[str, dict[str, Any]]:
        """The hash of the one image asset, and how it is built."""
        document = json.loads((self.directory / "Imajin-dev-semantic.assets.json").read_text(encoding="utf-8"))
        ((digest, asset),) = document["dockerImages"].items()
        return digest, asset["source"]

    @property
    def staged(self) -> set[str]:
        """The files of the image's build context."""
        context = self.directory / self.image[1]["directory"]
        return {path.relative_to(context).as_posix() for path in context.rglob("*") if not path.is_dir()}


Synthesize: TypeAlias = Callable[..., Synthesis]


def put(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def put_artifact(root: Path, directory: str, *, demo: bool, target: str = "portable") -> None:
    put(root, f"{directory}/manifest.json", json.dumps({"target": target, "model": {"demo": demo}}))
    put(root, f"{directory}/image.onnx.data", directory)
