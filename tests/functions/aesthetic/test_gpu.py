"""The aesthetic service around the torch engine, on a processor: true batches of pictures, and of pairs."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from fastapi import FastAPI

from functions.aesthetic.gpu.__main__ import service
from functions.aesthetic.gpu.reward_model import open_model
from functions.common.artifact import ArtifactError
from functions.common.gpu.container import Container
from functions.common.gpu.device import Device
from tests.functions.aesthetic.fakes import SIZE, batch_call, check_contract, score_call
from tests.functions.calls import Answer, Call, through_asgi
from tests.functions.gpu_artifacts import write_aesthetic
from tests.functions.pictures import blocks, encoded, noise

SOON = 60.0
PICTURES = [encoded(blocks(), "PNG"), *(encoded(noise(40, 30, seed), "PNG") for seed in range(6))]
PROMPT = "a red kite over the sea"
PROMPTS = [PROMPT, "", "the sea", "kites " * 20]
BATCH_TOLERANCE = {"fp32": 1e-5, "bf16": 0.03, "fp16": 0.005}
"""Of a reward, between a picture in a batch and the same picture alone."""
CPU = Device(torch.device("cpu"), "fp32", None)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_aesthetic(tmp_path_factory.mktemp("torch"))


def container_of(artifact: Path, **environment: str) -> Container[Any, Any]:
    made = Container(service(), {"AESTHETIC_ARTIFACTS": str(artifact), "INFERENCE_THREADS": "1", **environment})
    assert made.loading.start().wait(SOON)
    return made


def ask(container: Container[Any, Any], call: Call) -> Answer:
    return through_asgi(cast("FastAPI", container.app), call)[0]


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_candidate_scores_as_it_does_alone(artifact: Path, precision: str) -> None:
    container = container_of(artifact, GPU_PRECISION=precision, GPU_BATCH_SIZE="3")
    answer = ask(container, batch_call(PROMPT, PICTURES))
    assert answer.status == 200, answer.json
    check_contract("ScoreBatchResponse", answer.json)
    together = {item["index"]: item["raw_score"] for item in answer.json["results"]}
    alone = [ask(container, score_call(picture, prompt=PROMPT)).json["raw_score"] for picture in PICTURES]
    found = [together[index] for index in range(len(PICTURES))]
    np.testing.assert_allclose(found, alone, rtol=0, atol=BATCH_TOLERANCE[precision])
    assert np.ptp(alone) > 3 * BATCH_TOLERANCE[precision], "the pictures are too alike to tell"


def test_prompts_in_batches_score_as_they_do_alone(artifact: Path) -> None:
    container = container_of(artifact, GPU_BATCH_SIZE="3")
    together = ask(container, score_call(PICTURES[1], prompts=PROMPTS)).json["scores"]
    alone = [ask(container, score_call(PICTURES[1], prompt=prompt)).json for prompt in PROMPTS]
    np.testing.assert_allclose(
        [score["raw_score"] for score in together], [score["raw_score"] for score in alone], rtol=0, atol=1e-5
    )
    assert [score["prompt_truncated"] for score in together] == [False, False, False, True]
    assert len({round(score["raw_score"], 4) for score in together}) == 4


@pytest.mark.parametrize("size", [1, 2, 5, 64])
def test_every_picture_is_paired_with_every_prompt_whatever_the_size(artifact: Path, size: int) -> None:
    given = np.random.default_rng(1).standard_normal((5, 3, SIZE, SIZE)).astype(np.float32)
    found = open_model(artifact, CPU, batch_size=size, threads=1).engine.rewards(given, PROMPTS)
    one = open_model(artifact, CPU, batch_size=1, threads=1).engine
    for picture, rewards in zip(given, found, strict=True):
        tokens = one.image_tokens(picture[None])
        wanted = [one.reward(tokens, prompt) for prompt in PROMPTS]
        np.testing.assert_allclose([reward.raw for reward in rewards], [reward.raw for reward in wanted], atol=1e-5)
        assert [reward.prompt_truncated for reward in rewards] == [False, False, False, True]


def test_what_it_says_of_itself(artifact: Path) -> None:
    container = container_of(artifact, GPU_PRECISION="bf16")
    info = ask(container, Call("/info", method="GET", content_type=None)).json
    check_contract("InfoResponse", info)
    assert (info["device"], info["engine"]["name"]) == ("cpu", "torch")
    assert (info["precision"]["precision"], info["model"]["precision"]) == ("bf16", "bf16")
    health = ask(container, Call("/health", method="GET", content_type=None)).json
    assert (health["device"], health["gpu"]) == ("cpu", {"available": False, "name": None})


def overflowing(weights: dict[str, torch.Tensor]) -> None:
    for name in weights:
        if name.endswith("cross_joined.weight"):
            weights[name] *= 1e6


def test_a_number_that_overflows_is_never_a_score(tmp_path: Path) -> None:
    artifact = write_aesthetic(tmp_path, overflowing)
    call = score_call(PICTURES[0], prompt=PROMPT)
    assert ask(container_of(artifact), call).status == 200
    container = container_of(artifact, GPU_PRECISION="fp16")
    answer = ask(container, call)
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    engine = container.loading.get(0).engine
    with pytest.raises(FloatingPointError, match="a reward overflows in fp16"):
        engine.rewards(np.ones((2, 3, SIZE, SIZE), np.float32), [PROMPT])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"engine": "onnxruntime"}, "exported for onnxruntime, this is torch"),
        ({"image_tokens": {"count": 5, "width": 64}}, "the towers' sizes are not what the manifest says"),
        ({"function": "semantic"}, "made for 'semantic'"),
    ],
)
def test_an_artifact_that_is_not_its_own_is_refused(fields: dict[str, Any], message: str, tmp_path: Path) -> None:
    write_aesthetic(tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    with pytest.raises(ArtifactError, match=message):
        open_model(tmp_path, CPU, batch_size=1, threads=1)
