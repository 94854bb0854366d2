"""Writes the OpenAPI documents the code serves into clients/openapi: `python -m ops.contract`.

The committed documents are the contract: a change here is a change of the API and is reviewed as one.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import taxonomy
from functions.common.artifact import ArtifactError
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.model import SemanticModel
from functions.semantic.settings import read_settings

DIRECTORY = Path(__file__).resolve().parents[1] / "clients" / "openapi"


def semantic() -> dict[str, Any]:
    """The semantic service's document. Needs no model."""

    def no_model() -> SemanticModel:
        raise ArtifactError("none is needed to describe the API")

    settings = read_settings({"SEMANTIC_ARTIFACTS": os.curdir})
    return create_app(Loading(no_model), taxonomy.load(), settings).openapi()


def main() -> None:
    """Writes every document."""
    path = DIRECTORY / "semantic.json"
    path.write_text(json.dumps(semantic(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
