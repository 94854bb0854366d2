"""Writes clients/openapi from the code: each document, and what the demo model answers to every golden request.

    python -m ops.contract

The committed files are the contract: a change here is a change of the API and is reviewed as one.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from starlette.testclient import TestClient

import taxonomy
from functions.aesthetic.api import create_app as create_aesthetic_app
from functions.aesthetic.model import open_model as open_aesthetic_model
from functions.aesthetic.settings import read_settings as read_aesthetic_settings
from functions.common.artifact import ArtifactError
from functions.common.deployment import demo_artifact
from functions.common.loading import Loading
from functions.jobs.api import create_app as create_jobs_app
from functions.jobs.aws import Bucket, Endpoints
from functions.jobs.settings import read_settings as read_jobs_settings
from functions.semantic.api import create_app
from functions.semantic.model import open_model
from functions.semantic.settings import read_settings
from ops.files import ROOT
from ops.options import Parser

FUNCTIONS: Final = ("semantic", "aesthetic")
DIRECTORY: Final = ROOT / "clients" / "openapi"
VOLATILE: Final = frozenset(
    {
        "/load_ms",
        "/processing_time_ms",
        "/engine/version",
        "/engine/threads",
        "/engine/processor",
        "/cost/billed_ms",
        "/cost/gb_seconds",
        "/cost/compute_usd",
        "/cost/usd",
        *(f"/cost/items/{index}/{figure}" for index in range(50) for figure in ("time_ms", "usd")),
    }
)
"""What another run of the same code with the same model may change."""
UNCHANGED: Final = 1e-3
"""A number this near to the committed one is left as it is; another processor may move one further."""
_LOAD_SECONDS: Final = 60
FILE_PREFIX: Final = "file:"
"""In a golden request, a text that begins so stands for the base64 of that file."""


def documents() -> dict[str, dict[str, Any]]:
    """The services' OpenAPI documents. They need no model."""

    def no_model() -> Any:
        raise ArtifactError("none is needed to describe the API")

    loading: Loading[Any] = Loading(no_model)
    anywhere = {f"{function.upper()}_ARTIFACTS": os.curdir for function in FUNCTIONS}
    apps = {
        "semantic": create_app(loading, taxonomy.load(), read_settings(anywhere)),
        "aesthetic": create_aesthetic_app(loading, read_aesthetic_settings(anywhere)),
        "jobs": create_jobs_app(read_jobs_settings({"JOBS_BUCKET": "imajin-jobs"}), Bucket("", None), Endpoints(None)),
    }
    return {function: app.openapi() for function, app in apps.items()}


def demo_app(function: str = "semantic") -> FastAPI:
    """The service on the demo model, one thread."""
    directory = demo_artifact(function)
    environment = {f"{function.upper()}_ARTIFACTS": str(directory), "INFERENCE_THREADS": "1"}
    if function == "aesthetic":
        chosen = read_aesthetic_settings(environment)
        loading: Loading[Any] = Loading(lambda: open_aesthetic_model(directory, chosen.deployment.threads))
        app = create_aesthetic_app(loading.start(), chosen)
    else:
        words, settings = taxonomy.load(), read_settings(environment)
        loading = Loading(lambda: open_model(directory, words, settings.deployment.threads))
        app = create_app(loading.start(), words, settings)
    loading.wait(_LOAD_SECONDS)  # /health waits for nothing
    return app


def files_read(value: Any) -> Any:
    """`value` with every "file:PATH" as the base64 of that file."""
    if isinstance(value, dict):
        return {key: files_read(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [files_read(inner) for inner in value]
    if isinstance(value, str) and value.startswith(FILE_PREFIX):
        return base64.b64encode((ROOT / value.removeprefix(FILE_PREFIX)).read_bytes()).decode()
    return value


def is_volatile(at: str) -> bool:
    """Whether the value at this JSON Pointer into an answer is another one in every run."""
    return at in VOLATILE or at.endswith("/request_id") or at.startswith("/timing_ms/")


def settled(answered: Any, committed: Any, at: str = "") -> Any:
    """`answered`, but with the committed values of what no change of the code has changed."""
    if type(answered) is not type(committed):
        return answered
    if is_volatile(at):
        return committed
    if isinstance(answered, dict):
        return {key: settled(value, committed.get(key), f"{at}/{key}") for key, value in answered.items()}
    if isinstance(answered, list) and len(answered) == len(committed):
        pairs = enumerate(zip(answered, committed, strict=True))
        return [settled(value, former, f"{at}/{index}") for index, (value, former) in pairs]
    if isinstance(answered, float) and abs(answered - committed) <= UNCHANGED:
        return committed
    return answered


def main() -> None:
    """Writes everything; what is as it was leaves no difference.

    Raises RuntimeError for a golden request that is not answered.
    """
    Parser(prog="python -m ops.contract", description="Writes clients/openapi from the code.").parse_args()
    for function, document in documents().items():
        _write(DIRECTORY / f"{function}.json", document)
    for function in FUNCTIONS:
        client = TestClient(demo_app(function))
        for path in sorted((DIRECTORY / "golden" / function).glob("*.json")):
            golden = json.loads(path.read_text(encoding="utf-8"))
            if golden["status"] != "served":
                continue
            answer = client.request(golden["method"], golden["path"], json=files_read(golden["request"]))
            if answer.status_code != 200:
                raise RuntimeError(f"{path.name}: {answer.text}")
            _write(path, golden | {"response": settled(answer.json(), golden["response"])})


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
