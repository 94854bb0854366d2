"""A small artifact on disk: an encoder of one matrix product, prompts for the real taxonomy, a true manifest."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import taxonomy
from functions.semantic.encoders import ENCODER_NAME, WEIGHTS_NAME
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME, dump_index
from tests.functions.fakes import EMBEDDING, GRID, manifest, prompt_matrix, prompt_rows

FILES = (ENCODER_NAME, WEIGHTS_NAME, INDEX_NAME, MATRIX_NAME)


def write_artifact(directory: Path, words: taxonomy.Taxonomy) -> None:
    """Everything `open_model` reads."""
    directory.mkdir(parents=True, exist_ok=True)
    _write_encoder(directory)
    rows = prompt_rows(words)
    (directory / INDEX_NAME).write_bytes(dump_index(rows))
    np.save(directory / MATRIX_NAME, prompt_matrix(rows))
    document = manifest(words).model_dump(mode="json")
    (directory / "manifest.json").write_text(json.dumps(document))
    sign(directory)


def sign(directory: Path) -> None:
    """Brings the manifest's digests up to date with the files as they are."""

    def digests(document: dict[str, Any]) -> None:
        document["files"] = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name in FILES
            if (directory / name).exists()
            for content in [(directory / name).read_bytes()]
        }

    change_manifest(directory, digests)


def change_manifest(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = directory / "manifest.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def _write_encoder(directory: Path) -> None:
    weights = np.random.default_rng(5).standard_normal((3 * GRID * GRID, EMBEDDING)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["pixels"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["embedding"]),
        ],
        "encoder",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, GRID, GRID])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, EMBEDDING])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=10)
    onnx.save_model(
        model, str(directory / ENCODER_NAME), save_as_external_data=True, location=WEIGHTS_NAME, size_threshold=0
    )
