"""Artifacts that are not what they say are never served: through the app, and down to /health."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import taxonomy
from functions.common.artifact import ArtifactError, UnfitArtifact, open_artifact
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.encoders import ENCODER_NAME, WEIGHTS_NAME
from functions.semantic.manifest import SemanticManifest
from functions.semantic.model import SemanticModel, open_model
from functions.semantic.prompts import INDEX_NAME, MATRIX_NAME
from functions.semantic.settings import Settings
from tests.functions.artifacts import FILES, change_manifest, sign, write_artifact
from tests.functions.calls import Call, check_problem, through_asgi

HEALTH = Call("/health", method="GET", content_type=None)


@pytest.fixture
def directory(tmp_path: Path, words: taxonomy.Taxonomy) -> Path:
    write_artifact(tmp_path, words)
    return tmp_path


def test_a_true_artifact_is_served(
    directory: Path, words: taxonomy.Taxonomy, settings: Settings, good_call: Call
) -> None:
    loading: Loading[SemanticModel] = Loading(lambda: open_model(directory, words, 1)).start()
    assert loading.wait(30)
    detected, health = through_asgi(create_app(loading, words, settings), good_call, HEALTH)
    assert (detected.status, health.status) == (200, 200)
    assert detected.scores
    assert detected.headers["x-model-digest"] == open_artifact(SemanticManifest, directory).digest
    assert health.json["model_loaded"] is True


def flip(name: str) -> Callable[[Path], None]:
    """One bit of one byte, in the middle."""

    def change(directory: Path) -> None:
        path = directory / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))

    return change


def cut(name: str) -> Callable[[Path], None]:
    return lambda directory: write(directory / name, (directory / name).read_bytes()[:-1])


def grow(name: str) -> Callable[[Path], None]:
    return lambda directory: write(directory / name, (directory / name).read_bytes() + b"\0")


def remove(name: str) -> Callable[[Path], None]:
    return lambda directory: (directory / name).unlink()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def in_manifest(**changes: Any) -> Callable[[Path], None]:
    return lambda directory: change_manifest(directory, lambda document: document.update(changes))


def not_listed(name: str) -> Callable[[Path], None]:
    return lambda directory: change_manifest(directory, lambda document: document["files"].pop(name))


def signed(change: Callable[[Path], None]) -> Callable[[Path], None]:
    """The change, with digests that fit it: a mistake of the export, not damage."""

    def both(directory: Path) -> None:
        change(directory)
        sign(directory)

    return both


def fewer_rows(directory: Path) -> None:
    np.save(directory / MATRIX_NAME, np.load(directory / MATRIX_NAME)[:-1])


def doubles(directory: Path) -> None:
    np.save(directory / MATRIX_NAME, np.load(directory / MATRIX_NAME).astype(np.float64))


def without(**row: str) -> Callable[[Path], None]:
    """The prompts without the rows that match."""

    def change(directory: Path) -> None:
        rows = json.loads((directory / INDEX_NAME).read_bytes())
        kept = [i for i, entry in enumerate(rows) if any(entry.get(key) != value for key, value in row.items())]
        assert len(kept) < len(rows)
        (directory / INDEX_NAME).write_text(json.dumps([rows[i] for i in kept]))
        np.save(directory / MATRIX_NAME, np.load(directory / MATRIX_NAME)[kept])

    return change


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    **{f"one bit of {name}": (flip(name), f"{name}: its content is not what the manifest says") for name in FILES[1:]},
    **{f"{name} cut": (cut(name), name) for name in FILES},
    **{f"{name} grown": (grow(name), name) for name in FILES},
    **{f"{name} missing": (remove(name), name) for name in FILES},
    **{f"{name} not listed": (not_listed(name), f"the manifest does not list {name}") for name in FILES},
    "encoder tampered with": (flip(ENCODER_NAME), ENCODER_NAME),
    "encoder no graph": (signed(lambda path: write(path / ENCODER_NAME, b"junk")), "ONNX Runtime cannot open it"),
    "weights too few": (signed(lambda path: write(path / WEIGHTS_NAME, b"\0" * 8)), "ONNX Runtime cannot open it"),
    "index no JSON": (signed(lambda path: write(path / INDEX_NAME, b"[")), "cannot be read"),
    "index with another key": (signed(lambda path: write(path / INDEX_NAME, b'[{"kind":"filter","name":"a","x":1}]')),
                               "cannot be read"),
    "matrix no array": (signed(lambda path: write(path / MATRIX_NAME, b"junk")), "cannot be read"),
    "matrix empty": (signed(lambda path: write(path / MATRIX_NAME, b"")), "cannot be read"),
    "matrix with fewer rows": (signed(fewer_rows), "expected float32 of"),
    "matrix of doubles": (signed(doubles), "expected float32 of"),
    "filter without prompts": (signed(without(kind="filter", name="anime")), "has no prompts for: anime"),
    "no neutral prompts": (signed(without(kind="neutral")), "has no prompts for: the neutral descriptions"),
    "no prompts for minor": (signed(without(kind="moderation", name="minor")), "has no prompts for: minor"),
    "another embedding size": (in_manifest(embedding_size=64), "prompts of 32 dimensions for embeddings of 64"),
    "another function": (in_manifest(function="aesthetic"), "made for 'aesthetic', not for 'semantic'"),
    "another format": (in_manifest(format=2), "manifest.json: format"),
    "manifest with another key": (in_manifest(surprise=1), "manifest.json: surprise"),
    "manifest with a bad digest": (in_manifest(taxonomy_digest="0"), "manifest.json: taxonomy_digest"),
    "manifest no JSON": (lambda path: write(path / "manifest.json", b"{"), "manifest.json: (root)"),
    "manifest missing": (remove("manifest.json"), "manifest.json: cannot be read"),
}  # fmt: skip


@pytest.fixture(params=DAMAGE)
def damaged(request: pytest.FixtureRequest, directory: Path) -> tuple[Path, str]:
    """An artifact that must not be served, and what the log must say of it."""
    change, logged = DAMAGE[request.param]
    change(directory)
    return directory, logged


def test_never_served(
    damaged: tuple[Path, str],
    words: taxonomy.Taxonomy,
    settings: Settings,
    good_call: Call,
    caplog: pytest.LogCaptureFixture,
) -> None:
    directory, logged = damaged
    with caplog.at_level(logging.ERROR):
        loading: Loading[SemanticModel] = Loading(lambda: open_model(directory, words, 1)).start()
        assert loading.wait(30)
    assert logged in caplog.text
    info = Call("/info", method="GET", content_type=None)
    for answer in through_asgi(create_app(loading, words, settings), HEALTH, good_call, info):
        problem = check_problem(answer, 503, "model_unavailable")
        assert problem["detail"] == "the model's files are missing or damaged, so it is not served"
        assert str(directory) not in answer.body.decode()


FOREIGN: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "another taxonomy": (
        in_manifest(taxonomy_digest="0" * 64),
        "made from taxonomy 000000000000, this code has",
        "the model was exported for a different taxonomy than this one, so it is not served: export it again",
    ),
    "another engine": (
        in_manifest(engine="torch"),
        "exported for torch, this is onnxruntime",
        "the model was exported for a different engine than this one, so it is not served",
    ),
}


@pytest.fixture(params=FOREIGN)
def foreign(request: pytest.FixtureRequest, directory: Path) -> tuple[str, str]:
    """What is said of an artifact that was exported for something else: in the log, and to callers."""
    change, logged, told = FOREIGN[request.param]
    change(directory)
    return logged, told


def test_a_model_for_something_else_is_told_as_that_and_not_to_be_asked_again(
    foreign: tuple[str, str], directory: Path, words: taxonomy.Taxonomy, settings: Settings, good_call: Call
) -> None:
    logged, told = foreign
    with pytest.raises(UnfitArtifact, match=logged):
        open_model(directory, words, 1)
    loading: Loading[SemanticModel] = Loading(lambda: open_model(directory, words, 1)).start()
    assert loading.wait(30)
    for answer in through_asgi(create_app(loading, words, settings), HEALTH, good_call):
        problem = check_problem(answer, 503, "model_unavailable", final=True)
        assert problem["detail"] == told
        assert "retry-after" not in answer.headers


def test_a_missing_directory_is_an_artifact_error(tmp_path: Path, words: taxonomy.Taxonomy) -> None:
    with pytest.raises(ArtifactError, match="cannot be read"):
        open_model(tmp_path / "nothing", words, 1)
