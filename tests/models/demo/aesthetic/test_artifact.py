"""The committed demo artifact: what its manifest says of its precision is about this code and these pictures."""

from pathlib import Path

import pytest

from functions.aesthetic.model import open_model
from functions.aesthetic.scale import percentile
from models import pictures
from models.aesthetic.checkpoint import open_checkpoint
from models.aesthetic.layout import REWARD_MEAN, REWARD_STD

DEMO = Path("models/demo/aesthetic/artifact")
CHECKPOINT = Path("models/demo/aesthetic/checkpoint")


def test_it_passed_the_gate_on_this_picture_set() -> None:
    manifest = open_model(DEMO, 1).artifact.manifest
    loaded = pictures.load()
    assert manifest.target == "portable"
    assert manifest.picture_set is not None
    assert (manifest.picture_set.count, manifest.picture_set.sha256) == (len(loaded.pictures), loaded.sha256)
    assert manifest.gate is not None
    graphs = manifest.gate.graphs.values()
    assert all(figure.value <= figure.limit for graph in graphs for figure in graph.figures.values())
    assert manifest.precision == ("mixed" if any(graph.kept_fp32 for graph in graphs) else "int8")


def test_it_is_made_of_the_committed_checkpoint() -> None:
    manifest, checkpoint = open_model(DEMO, 1).artifact.manifest, open_checkpoint(CHECKPOINT)
    assert manifest.model == checkpoint.identity
    assert manifest.model.demo
    assert (manifest.scale.mean, manifest.scale.std) == (REWARD_MEAN, REWARD_STD)
    assert checkpoint.card is not None
    assert manifest.distribution == checkpoint.card.distribution
    assert manifest.distribution is not None
    quantiles = manifest.distribution.quantiles
    assert list(quantiles) == sorted(quantiles)
    assert percentile(quantiles[50], quantiles) == pytest.approx(50)


def test_it_answers_its_canaries() -> None:
    model, loaded = open_model(DEMO, 1), pictures.load()
    canaries = model.artifact.manifest.canaries
    assert canaries is not None
    for canary in canaries.pictures:
        picture = loaded.find(canary.picture)
        assert picture is not None
        assert picture.sha256 == canary.sha256
        assert canary.prompt is not None
        tokens = model.engine.image_tokens(model.engine.pixels(picture.decode()))
        reward = model.engine.reward(tokens, canary.prompt).raw
        assert {"raw_score": reward} == pytest.approx(canary.expected, abs=canaries.tolerance)


def test_checkpoint_and_artifact_are_small() -> None:
    size = sum(path.stat().st_size for folder in (DEMO, CHECKPOINT) for path in folder.iterdir())
    assert size < 5_000_000
