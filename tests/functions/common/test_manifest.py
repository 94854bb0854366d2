"""The manifests of both functions: what they share, the order of their keys, and whose they are."""

import json
from pathlib import Path

import pytest

from functions.aesthetic.manifest import AestheticManifest
from functions.common.deployment import demo_artifact
from functions.common.manifest import MANIFEST_NAME, Manifest, ManifestError, read_manifest
from functions.semantic.manifest import SemanticManifest
from taxonomy import Taxonomy
from tests.functions.aesthetic.fakes import manifest as aesthetic_manifest
from tests.functions.fakes import manifest as semantic_manifest

DEMO = demo_artifact("semantic")
FIRST = ["format", "function", "model", "precision", "target"]
LAST = ["picture_set", "gate", "canaries", "files", "tools"]


def test_what_was_read_is_written_as_it_was() -> None:
    manifest, _ = read_manifest(SemanticManifest, DEMO)
    assert manifest.model_dump_json(indent=2) + "\n" == (DEMO / MANIFEST_NAME).read_text()


def test_what_came_of_making_it_is_written_last(words: Taxonomy) -> None:
    for manifest in (aesthetic_manifest(), semantic_manifest(words)):
        keys = list(manifest.model_dump())
        assert (keys[:5], keys[-5:]) == (FIRST, LAST)
        assert len(keys) > len(FIRST + LAST)
        assert list(json.loads(manifest.model_dump_json())) == keys
        assert list(manifest.model_dump(exclude={"gate", "format"})) == [
            key for key in keys if key not in {"gate", "format"}
        ]


@pytest.mark.parametrize(
    ("kind", "other", "said"),
    [
        (SemanticManifest, "aesthetic", "made for 'aesthetic', not for 'semantic'"),
        (AestheticManifest, "semantic", "made for 'semantic', not for 'aesthetic'"),
    ],
)
def test_the_other_functions_is_named(kind: type[Manifest], other: str, said: str, tmp_path: Path) -> None:
    document = aesthetic_manifest() if other == "aesthetic" else read_manifest(SemanticManifest, DEMO)[0]
    (tmp_path / MANIFEST_NAME).write_text(document.model_dump_json())
    with pytest.raises(ManifestError, match=f"{MANIFEST_NAME}: {said}"):
        read_manifest(kind, tmp_path)
