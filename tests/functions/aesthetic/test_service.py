"""What the aesthetic service says of itself, the limits it keeps, and what load does."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from PIL import Image

from functions.aesthetic.api import create_app
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.settings import Settings
from functions.common.loading import Loading
from tests.functions.aesthetic.fakes import (
    LENGTH,
    MARGIN,
    SIZE,
    WordEngine,
    app_of,
    batch_call,
    check_contract,
    fake_model,
    result_of,
    score_call,
)
from tests.functions.calls import Answer, Call, Transport, check_problem, through_asgi
from tests.functions.deployments import redeployed
from tests.functions.pictures import blocks, encoded

PICTURE = encoded(blocks(), "PNG")
SOON = 60.0

Send = Callable[[Call], Answer]


def get(path: str) -> Call:
    return Call(path, method="GET", content_type=None)


def test_info(transport: Transport) -> None:
    answer = transport(get("/info"))
    check_contract("InfoResponse", answer.json)
    info = result_of(answer)
    assert info["engine"].pop("processor") != ""
    assert info.pop("load_ms") >= 0
    meaning = info.pop("meaning")
    assert set(meaning) == {"raw_score", "normalized_score", "percentile", "win_probability", "advice"}
    assert all(len(text) > 40 for text in meaning.values())
    assert info == {
        "service": "aesthetic",
        "version": "0.1.0",
        "device": "cpu",
        "engine": {"name": "onnxruntime", "version": onnxruntime.__version__, "threads": 1},
        "precision": {
            "precision": "int8",
            "target": "portable",
            "pictures": None,
            "pictures_digest": None,
            "canaries": [],
            "gate": {
                "label": None,
                "graphs": [
                    {
                        "graph": "reward.onnx",
                        "compared": "64 pictures",
                        "figures": {"max_reward_change": {"value": MARGIN / 2, "limit": 0.05}},
                        "notes": {},
                        "kept_fp32": [],
                        "kept_share": 0.0,
                        "kept_weights": None,
                    }
                ],
            },
        },
        "input": {"image_pixels": SIZE, "prompt_tokens": LENGTH},
        "tie_margin": MARGIN,
        "reference_distribution": None,
        "sources": {"image_url": False, "s3": False},
        "limits": {
            "max_request_bytes": 6_291_556,
            "max_image_pixels": 40_000_000,
            "max_download_bytes": 20_000_000,
            "fetch_timeout_seconds": 5.0,
            "image_formats": ["JPEG", "PNG", "WEBP"],
            "queue": 8,
            "max_prompts": 16,
            "max_prompt_characters": 8192,
            "max_aspect_ratio": 50.0,
            "batch": {
                "max_images": 10,
                "max_pixels": 400_000_000,
                "seconds": 25.0,
                "margin_seconds": 1.0,
                "concurrency": 1,
            },
        },
    }


def test_health(transport: Transport) -> None:
    answer = transport(get("/health"))
    check_contract("HealthResponse", answer.json)
    assert result_of(answer) == {
        "status": "ok",
        "model_loaded": True,
        "device": "cpu",
        "gpu": {"available": False, "name": None},
    }


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_the_contract_is_served(send: Send, path: str) -> None:
    assert send(get(path)).status == 200


@pytest.mark.parametrize(
    ("path", "allow"), [("/score", "POST"), ("/score-batch", "POST"), ("/info", "GET, HEAD"), ("/health", "GET, HEAD")]
)
def test_other_methods(transport: Transport, path: str, allow: str) -> None:
    for method in {"GET", "POST", "PUT", "DELETE"} - set(allow.split(", ")):
        answer = transport(replace(score_call(PICTURE, prompt="a"), path=path, method=method))
        check_problem(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == allow


@pytest.mark.parametrize("path", ["/", "/detect", "/batch", "/scores", "/score/"])
def test_other_paths(transport: Transport, path: str) -> None:
    check_problem(transport(replace(score_call(PICTURE, prompt="a"), path=path)), 404, "not_found")


def test_while_the_model_is_loading(settings: Settings) -> None:
    go_on = threading.Event()
    made = fake_model()

    def load() -> AestheticModel:
        assert go_on.wait(SOON)
        return made

    loading = Loading(load).start()
    app = create_app(loading, redeployed(settings, load_wait_seconds=0.0))
    calls = [get("/health"), get("/info"), score_call(PICTURE, prompt="a"), batch_call("a", [PICTURE])]
    for answer in through_asgi(app, *calls):
        problem = check_problem(answer, 503, "model_unavailable")
        assert problem["detail"] == "the model is still loading"
        assert answer.headers["retry-after"] == "5"
    # What is wrong with a request is said without a model.
    check_problem(through_asgi(app, Call("/score", b"{"))[0], 400, "malformed_json")
    go_on.set()
    assert loading.wait(SOON)
    assert [answer.status for answer in through_asgi(app, *calls)] == [200] * 4


class WaitingEngine(WordEngine):
    """An engine that waits to be told."""

    def __init__(self) -> None:
        super().__init__()
        self.placed = threading.Semaphore(0)
        self.go_on = threading.Event()

    def pixels(self, image: Image.Image) -> NDArray[np.float32]:
        self.placed.release()
        return super().pixels(image)

    def image_tokens(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        assert self.go_on.wait(SOON)
        return super().image_tokens(pixels)


def test_a_full_queue_says_busy_at_once(settings: Settings) -> None:
    engine = WaitingEngine()
    app = app_of(redeployed(settings, queue=2), engine)
    one, many = score_call(PICTURE, prompt="a"), batch_call("a", [PICTURE])
    with ThreadPoolExecutor(1) as pool:
        two = pool.submit(through_asgi, app, one, many)
        assert engine.placed.acquire(timeout=SOON)
        assert engine.placed.acquire(timeout=SOON)
        refused = through_asgi(app, one, many)
        engine.go_on.set()
        first, second = two.result(SOON)
    for answer in refused:
        problem = check_problem(answer, 503, "busy")
        assert (problem["limit"], answer.headers["retry-after"]) == (2, "1")
    assert first.json["raw_score"] == second.json["results"][0]["raw_score"]


def test_without_prices_the_cost_is_null(settings: Settings) -> None:
    app = app_of(redeployed(settings, platform=replace(settings.deployment.platform, region="nowhere-1")))
    answer = through_asgi(app, batch_call("a", [PICTURE]))[0]
    assert (answer.status, answer.json["cost"]) == (200, None)
    check_contract("ScoreBatchResponse", answer.json)
