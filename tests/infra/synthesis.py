"""A copy of the repository with much beside it that no image may hold, and what the app makes of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from aws_cdk import assertions

FUNCTIONS = ("semantic", "aesthetic")
# All that a configuration can turn on.
EVERYTHING: dict[str, Any] = {
    "stage": "prod",
    "architecture": "x86_64",
    "alarm_email": "operator@example.com",
    "allowed_s3": "pictures.example,results/2026/",
    "allowed_url_hosts": "images.example,cdn.example:8443",
    "cors_origins": "https://app.example",
    "public_docs": "true",
    "semantic.gpu.enabled": "true",
    "aesthetic.gpu.enabled": "true",
    "aesthetic.gpu.instance_type": "ml.g6.xlarge",
    "aesthetic.gpu.maximum_instances": "2",
    "semantic.settings.MINOR_THRESHOLD": "0.05",
    "aesthetic.settings.MAX_IMAGE_PIXELS": "12000000",
}
# None of these may reach a function's image.
DECOYS = (
    *(".git/HEAD", ".venv/lib/torch/__init__.py", "node_modules/aws-cdk/index.js", "cdk.out/manifest.json"),
    *("README.md", "pyproject.toml", "requirements-dev.txt", ".env", ".gitignore"),
    *("tests/functions/test_api.py", "infra/stacks/other.py", "infra/config.py", "models/torch_model.py"),
    *("functions/jobs/new.py", "functions/common/gpu/new.py", "functions/common/gpu_new.py", "pricing/.cache/x"),
)
# Nor any of these the image of the function named in them.
OWN_DECOYS = (
    *("functions/{}/gpu/new.py", "functions/{}/README.md", "functions/{}/requirements-gpu.txt"),
    *("functions/{}/__pycache__/api.cpython-313.pyc", "functions/{}/old.pyc", "functions/{}/.env"),
    *("functions/{}/tests/test_api.py", "models/demo/{}/weights", "artifacts/{}-torch/new"),
)


@dataclass(frozen=True)
class Synthesis:
    """What the app made of one configuration."""

    stage: str
    directory: Path

    @property
    def path(self) -> Path:
        return self.directory / f"Imajin-{self.stage}.template.json"

    @cached_property
    def template(self) -> assertions.Template:
        return assertions.Template.from_json(self.document)

    @cached_property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return document

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of the resources of a type, by logical id."""
        found = self.document["Resources"].items()
        return {name: resource.get("Properties", {}) for name, resource in found if resource["Type"] == kind}

    @cached_property
    def images(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """The hash of the image of each Dockerfile, and how it is built."""
        text = (self.directory / f"Imajin-{self.stage}.assets.json").read_text(encoding="utf-8")
        images = json.loads(text)["dockerImages"].items()
        return {image["source"]["dockerFile"]: (digest, image["source"]) for digest, image in images}

    def function(self, name: str) -> tuple[str, dict[str, Any]]:
        """The logical id and the properties of the function of `functions/<name>`."""
        digest, _ = self.images[f"functions/{name}/Dockerfile"]
        functions = self.resources("AWS::Lambda::Function").items()
        (found,) = [function for function in functions if digest in json.dumps(function[1]["Code"])]
        return found


Synthesize: TypeAlias = Callable[..., Synthesis]


def demo(function: str) -> str:
    return f"models/demo/{function}/artifact"


def published(function: str) -> str:
    return f"artifacts/{function}"


def put(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def put_artifact(root: Path, directory: str, *, demo: bool, target: str = "portable") -> None:
    put(root, f"{directory}/manifest.json", json.dumps({"target": target, "model": {"demo": demo}}))
    put(root, f"{directory}/image.onnx.data", directory)
