"""The semantic service around the torch engine, on a processor: true batches, and what it says of itself."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from fastapi import FastAPI
from numpy.typing import NDArray

from functions.common.artifact import ArtifactError
from functions.common.gpu.container import Container
from functions.common.gpu.device import Device
from functions.common.loading import Loading
from functions.common.settings import SettingsError
from functions.semantic.gpu.__main__ import service
from functions.semantic.gpu.encoders import TorchImageEncoder, open_model
from ops.logs.records import read_messages
from taxonomy import Taxonomy
from tests.functions.calls import Answer, Call, as_base64, check_contract, through_asgi, with_picture
from tests.functions.fakes import EMBEDDING, GRID, manifest
from tests.functions.gpu_artifacts import write_semantic
from tests.functions.pictures import blocks, encoded, noise

SOON = 60.0
PICTURES = [encoded(blocks(), "PNG"), *(encoded(noise(40, 30, seed), "PNG") for seed in range(5))]
BATCH_TOLERANCE = {"fp32": 1e-4, "bf16": 0.1, "fp16": 0.02}
"""Of a logit, between a picture in a batch and the same picture alone."""


@pytest.fixture(scope="module")
def artifact(words: Taxonomy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_semantic(tmp_path_factory.mktemp("torch"), words)


def container_of(artifact: Path, **environment: str) -> Container[Any, Any]:
    made = Container(service(), {"SEMANTIC_ARTIFACTS": str(artifact), "INFERENCE_THREADS": "1", **environment})
    assert made.loading.start().wait(SOON)
    return made


def ask(container: Container[Any, Any], call: Call) -> Answer:
    return through_asgi(cast("FastAPI", container.app), call)[0]


def batch(*pictures: bytes, **fields: Any) -> Call:
    images = [{"image_base64": as_base64(picture)} for picture in pictures]
    return Call("/batch", json.dumps({"images": images, "min_confidence": 0, **fields}).encode())


def logits(detection: dict[str, Any]) -> dict[str, float]:
    return {entry["filter"]: entry["logit"] for entry in detection["attributes"]}


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
def test_a_picture_in_a_batch_scores_as_it_does_alone(artifact: Path, precision: str) -> None:
    container = container_of(artifact, GPU_PRECISION=precision, GPU_BATCH_SIZE="4")
    answer = ask(container, batch(*PICTURES, requested_filters=["blue_hair"]))
    assert answer.status == 200, answer.json
    check_contract("BatchResponse", answer.json)
    assert [item["status"] for item in answer.json["results"]] == ["ok"] * 6
    spread = []
    for item, picture in zip(answer.json["results"], PICTURES, strict=True):
        alone = logits(ask(container, with_picture(picture, min_confidence=0)).json)
        found = logits(item["detection"])
        assert found.keys() == alone.keys()
        wanted = [alone[name] for name in found]
        np.testing.assert_allclose(list(found.values()), wanted, rtol=0, atol=BATCH_TOLERANCE[precision])
        spread.append([alone[name] for name in sorted(alone)])
    assert np.ptp(spread, axis=0).max() > 10 * BATCH_TOLERANCE[precision], "the pictures are too alike to tell"


class Watched(TorchImageEncoder):
    """Notes how many pictures it is given at once."""

    def __init__(self, encoder: TorchImageEncoder) -> None:
        self.__dict__ = encoder.__dict__
        self.sizes: list[int] = []

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        self.sizes.append(len(pixels))
        return super().encode_core(pixels)


@pytest.mark.parametrize(("size", "wanted"), [(1, [1] * 5), (2, [2, 2, 1]), (4, [4, 1]), (16, [5])])
def test_pictures_are_encoded_so_many_at_once(artifact: Path, words: Taxonomy, size: int, wanted: list[int]) -> None:
    """A refused one takes nobody's place."""
    made = open_model(artifact, words, Device(torch.device("cpu"), "fp32", None), batch_size=size, threads=1)
    watched = Watched(cast("TorchImageEncoder", made.encoder))
    model = replace(made, encoder=watched)
    built = service()
    settings = built.read_settings({"SEMANTIC_ARTIFACTS": str(artifact)})
    app = built.create_app(Loading(lambda: model).start(), settings)
    (answer,) = through_asgi(app, batch(*PICTURES[:2], b"no picture", *PICTURES[2:5]))
    assert watched.sizes == wanted
    statuses = [item["status"] for item in answer.json["results"]]
    assert statuses == ["ok", "ok", "error", "ok", "ok", "ok"]
    assert answer.json["results"][2]["error"]["code"] == "unsupported_image"
    assert [item["index"] for item in answer.json["results"]] == list(range(6))


def test_only_refused_pictures_ask_nothing_of_the_model(artifact: Path) -> None:
    answer = ask(container_of(artifact), batch(b"<html>", b"no"))
    assert [item["status"] for item in answer.json["results"]] == ["error", "error"]


def test_what_it_says_of_itself(artifact: Path) -> None:
    container = container_of(artifact, GPU_PRECISION="bf16")
    info = ask(container, Call("/info", method="GET", content_type=None)).json
    check_contract("InfoResponse", info)
    assert info["device"] == "cpu"
    assert (info["engine"]["name"], info["engine"]["version"]) == ("torch", torch.__version__)
    assert (info["precision"]["precision"], info["model"]["precision"]) == ("bf16", "bf16")
    assert info["limits"]["batch"]["seconds"] == 600
    health = ask(container, Call("/health", method="GET", content_type=None)).json
    assert (health["device"], health["gpu"]) == ("cpu", {"available": False, "name": None})
    assert health["cost"]["usd"] is None, "what an hour of this machine costs is not known"


def test_an_instance_that_is_named_has_its_price(artifact: Path) -> None:
    cost = ask(container_of(artifact, INSTANCE_TYPE="ml.g6.xlarge"), with_picture(PICTURES[0])).json["cost"]
    assert cost["instance"]["type"] == "ml.g6.xlarge"
    assert cost["usd"] is not None


def test_a_jobs_receipt_is_a_line_that_the_cost_report_reads(
    artifact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"INSTANCE_TYPE": "ml.g6.xlarge", "METRICS": "on", "STAGE": "prod"}
    cost = ask(container_of(artifact, **told), with_picture(PICTURES[0])).json["cost"]
    (line,) = read_messages(capsys.readouterr().out.splitlines()).receipts
    assert (line.function, line.route, line.stage, line.images) == ("semantic", "/detect", "prod", 1)
    assert line.receipt is not None
    assert line.receipt.model_dump() == cost


def overflowing(weights: dict[str, torch.Tensor]) -> None:
    weights["pool_joined.weight"] *= 1e5


def test_a_number_that_overflows_is_never_a_score(words: Taxonomy, tmp_path: Path) -> None:
    artifact = write_semantic(tmp_path, words, overflowing)
    fine = ask(container_of(artifact), with_picture(PICTURES[0]))
    assert fine.status == 200
    container = container_of(artifact, GPU_PRECISION="fp16")
    answer = ask(container, with_picture(PICTURES[0]))
    assert (answer.status, answer.json["code"]) == (500, "internal_error")
    encoder = container.loading.get(0).encoder
    with pytest.raises(FloatingPointError, match="the model's output overflows in fp16"):
        encoder.encode_core(np.ones((2, 3, GRID, GRID), np.float32))


def change(directory: Path, **fields: Any) -> None:
    path = directory / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda directory: change(directory, taxonomy_digest="0" * 64), "made from taxonomy 000000000000"),
        (lambda directory: change(directory, engine="onnxruntime"), "exported for onnxruntime, this is torch"),
        (lambda directory: change(directory, embedding_size=EMBEDDING * 2), "prompts of 32 dimensions"),
        (lambda directory: change(directory, function="aesthetic"), "made for 'aesthetic'"),
        (lambda directory: (directory / "image_encoder.safetensors").unlink(), "image_encoder.safetensors: cannot be"),
    ],
)
def test_an_artifact_that_is_not_its_own_is_refused(
    spoil: Callable[[Path], object], message: str, words: Taxonomy, tmp_path: Path
) -> None:
    write_semantic(tmp_path, words)
    spoil(tmp_path)
    with pytest.raises(ArtifactError, match=message):
        open_model(tmp_path, words, Device(torch.device("cpu"), "fp32", None), batch_size=1, threads=1)


def test_towers_of_another_picture_size_are_refused(words: Taxonomy, tmp_path: Path) -> None:
    write_semantic(tmp_path, words)
    preprocessing = manifest(words).preprocessing.model_dump(mode="json") | {"height": 2 * GRID, "width": 2 * GRID}
    change(tmp_path, preprocessing=preprocessing)
    with pytest.raises(ArtifactError, match="its sizes are not what the manifest says"):
        open_model(tmp_path, words, Device(torch.device("cpu"), "fp32", None), batch_size=1, threads=1)


def test_every_wrong_setting_is_told_at_once(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        container_of(
            artifact, GPU_DEVICE="tpu", GPU_PRECISION="int8", GPU_BATCH_SIZE="0", GPU_LEASE_URL="http://:secret@host"
        )
    assert sorted(line.partition(":")[0] for line in str(refusal.value).splitlines()) == [
        "GPU_BATCH_SIZE",
        "GPU_DEVICE",
        "GPU_LEASE_CAPACITY_MB",
        "GPU_LEASE_URL",
        "GPU_PRECISION",
    ]
    assert "secret" not in str(refusal.value)
    with pytest.raises(SettingsError, match=r"^SEMANTIC_ARTIFACTS: .*nowhere is not a directory"):
        container_of(tmp_path / "nowhere")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_not_there_is_not_made_up_for(artifact: Path) -> None:
    with pytest.raises(SettingsError, match="GPU_DEVICE: cuda was asked for, and torch finds none"):
        container_of(artifact, GPU_DEVICE="cuda")


def test_a_model_larger_than_the_gpu_is_told_at_start(artifact: Path) -> None:
    with pytest.raises(SettingsError, match=r"GPU_MEMORY_MB: the model takes 5000 MB, the GPU has 4000 MB to lease"):
        container_of(
            artifact, GPU_LEASE_URL="redis://127.0.0.1:1/0", GPU_LEASE_CAPACITY_MB="4000", GPU_MEMORY_MB="5000"
        )


def test_a_process_whose_gpu_has_nothing_but_errors_ends(artifact: Path, caplog: pytest.LogCaptureFixture) -> None:
    container = container_of(artifact)
    ping = Call("/ping", method="GET", content_type=None)
    container._after_a_fault()
    assert (container.status, ask(container, ping).status) == (0, 200)
    container.gpu = replace(container.gpu, device=Device(torch.device("meta"), "fp32", None))
    container._after_a_fault()
    assert (container.status, ask(container, ping).status) == (1, 503)
    assert "another to begin afresh" in caplog.text
