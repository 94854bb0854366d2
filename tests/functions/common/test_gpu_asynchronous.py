"""The app as SageMaker asks for it, and an end that loses nothing."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from numpy.typing import NDArray

from functions.common.artifact import ArtifactError
from functions.common.gpu.asynchronous import AsynchronousApp
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.model import SemanticModel
from functions.semantic.settings import Settings
from taxonomy import Taxonomy
from tests.functions.calls import Answer, Call, as_base64, through_asgi, with_picture
from tests.functions.deployments import redeployed
from tests.functions.fakes import ColorEncoder, fake_model
from tests.functions.pictures import blocks, encoded

ROOT = Path(__file__).resolve().parents[3]
SOON = 60.0
PICTURE = encoded(blocks(), "PNG")
DETECT = {"image_base64": as_base64(PICTURE), "min_confidence": 0}


def around(app: FastAPI, loading: Loading[Any], max_bytes: int = 1 << 20) -> FastAPI:
    """The ASGI app, under the type that tests drive apps by."""
    return cast("FastAPI", AsynchronousApp(app, loading, max_bytes))


def invocation(route: str, body: object, **headers: str) -> Call:
    return Call("/invocations", json.dumps({"route": route, "body": body}).encode(), headers=headers)


@pytest.fixture(scope="module")
def container(app: FastAPI, model: SemanticModel) -> FastAPI:
    loading = Loading(lambda: model).start()
    assert loading.wait(SOON)
    return around(app, loading)


def ask(app: FastAPI, call: Call) -> Answer:
    return through_asgi(app, call)[0]


def test_an_invocation_is_the_route_s_own_answer(container: FastAPI, app: FastAPI) -> None:
    answer = ask(container, invocation("/detect", DETECT))
    assert answer.status == 200
    envelope = answer.json
    assert envelope.keys() == {"status", "headers", "body"}
    assert envelope["status"] == 200
    direct = ask(app, with_picture(PICTURE, min_confidence=0)).json
    changing = {"request_id", "timing_ms", "cost"}
    assert envelope["body"].keys() == direct.keys()
    assert {key: envelope["body"][key] for key in direct.keys() - changing} == {
        key: direct[key] for key in direct.keys() - changing
    }
    assert envelope["headers"]["x-request-id"] == envelope["body"]["request_id"]
    assert envelope["headers"]["x-model-digest"] == envelope["body"]["model"]["digest"]
    assert all(name.startswith("x-") for name in envelope["headers"])


def test_the_job_s_id_is_the_request_s(container: FastAPI) -> None:
    header = {"X-Amzn-SageMaker-Inference-Id": "job-7f3a"}
    assert ask(container, invocation("/detect", DETECT, **header)).json["body"]["request_id"] == "job-7f3a"
    hostile = ask(container, invocation("/detect", DETECT, **{"X-Amzn-SageMaker-Inference-Id": "a b<script>"}))
    assert "script" not in hostile.body.decode()
    assert hostile.json["status"] == 200


def test_a_job_is_billed_for_its_time_and_the_wait_before_it_is_told(
    words: Taxonomy, model: SemanticModel, settings: Settings
) -> None:
    platform = replace(settings.deployment.platform, instance_type="ml.g6.xlarge", estimated=False)
    loading = Loading(lambda: model).start()
    container = around(create_app(loading, words, redeployed(settings, platform=platform)), loading)
    time.sleep(0.02)
    started = time.perf_counter()
    first, second = (ask(container, invocation("/detect", DETECT)).json["body"]["cost"] for _ in range(2))
    lasted = time.perf_counter() - started
    assert (first["rate"], first["instance"]["type"], first["memory_mb"]) == ("instance", "ml.g6.xlarge", None)
    assert float(first["instance"]["idle_seconds"]) >= 0.02
    told = [float(cost["instance"][part]) for cost in (first, second) for part in ("seconds", "idle_seconds")]
    assert sum(told) - float(first["instance"]["idle_seconds"]) <= lasted
    assert float(second["instance"]["idle_seconds"]) > 0, "what the first took to be sent"


@pytest.mark.parametrize(
    ("route", "body", "status", "code"),
    [
        ("/detect", {"image_base64": "%%%"}, 422, "invalid_base64"),
        ("/detect", {}, 422, "invalid_request"),
        ("/align", {**DETECT, "min_confidence": 0.1}, 422, "invalid_request"),
        ("/nothing", {}, 404, "not_found"),
        ("/invocations", {}, 404, "not_found"),
        ("/health", {}, 405, "method_not_allowed"),
    ],
)
def test_a_caller_s_mistake_is_a_finished_invocation(
    container: FastAPI, route: str, body: object, status: int, code: str
) -> None:
    answer = ask(container, invocation(route, body))
    assert (answer.status, answer.json["status"]) == (200, status)
    problem = answer.json["body"]
    assert (problem["code"], problem["status"]) == (code, status)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"[]", 422, "invalid_request"),
        (b'{"route": "/detect"}', 422, "invalid_request"),
        (b'{"route": "https://example.com/", "body": {}}', 422, "invalid_request"),
        (b'{"route": "/detect?x=1", "body": {}}', 422, "invalid_request"),
        (b'{"route": "/detect", "body": {}, "more": 1}', 422, "invalid_request"),
        (b'{"route": "/detect", "body": "' + b"a" * (1 << 20) + b'"}', 413, "payload_too_large"),
    ],
)
def test_what_is_no_invocation_is_one_that_failed_for_its_caller(
    container: FastAPI, body: bytes, status: int, code: str
) -> None:
    answer = ask(container, Call("/invocations", body))
    assert (answer.status, answer.json["status"], answer.json["body"]["code"]) == (200, status, code)


class BrokenEncoder(ColorEncoder):
    """An engine with a fault."""

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:  # noqa: ARG002
        raise FloatingPointError("the model's output overflows in fp16")


def test_a_fault_of_ours_is_a_failed_invocation(words: Taxonomy, settings: Settings) -> None:
    made = fake_model(words, encoder=BrokenEncoder())
    loading = Loading(lambda: made).start()
    answer = ask(around(create_app(loading, words, settings), loading), invocation("/detect", DETECT))
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json["code"], answer.json["status"]) == ("internal_error", 500)
    assert "overflow" not in answer.body.decode()


def test_after_a_fault_and_nothing_else_somebody_is_told(words: Taxonomy, settings: Settings) -> None:
    """Who can tell whether anything but faults will follow."""
    made, faults = fake_model(words, encoder=BrokenEncoder()), list[int]()
    loading = Loading(lambda: made).start()
    app = AsynchronousApp(create_app(loading, words, settings), loading, 1 << 20, lambda: faults.append(1))
    driven = cast("FastAPI", app)
    mistakes = (invocation("/detect", {}), invocation("/classify", DETECT | {"labels": ["a"]}), Call("/nowhere"))
    for harmless in (*mistakes, Call("/health", method="GET", content_type=None)):
        ask(driven, harmless)
    assert faults == []
    assert ask(driven, invocation("/detect", DETECT)).status == 500
    assert len(faults) == 1
    assert ask(driven, with_picture(PICTURE, min_confidence=0)).status == 500
    assert len(faults) == 2


def test_other_routes_are_as_ever(container: FastAPI, app: FastAPI) -> None:
    call = with_picture(PICTURE, min_confidence=0)
    assert ask(container, call).scores == ask(app, call).scores
    assert ask(container, Call("/health", method="GET", content_type=None)).json["status"] == "ok"
    assert ask(container, Call("/invocations", method="GET", content_type=None)).status == 404


def ping(app: FastAPI) -> Answer:
    return ask(app, Call("/ping", method="GET", content_type=None))


def test_ping_tells_whether_the_model_is_open(app: FastAPI, model: SemanticModel) -> None:
    go_on = threading.Event()

    def load() -> SemanticModel:
        assert go_on.wait(SOON)
        return model

    loading = Loading(load).start()
    container = around(app, loading)
    waiting = ping(container)
    assert (waiting.status, waiting.json["code"]) == (503, "model_unavailable")
    assert waiting.headers["retry-after"] == "5"
    go_on.set()
    assert loading.wait(SOON)
    assert (ping(container).status, ping(container).json) == (200, {"status": "ok"})


def test_ping_never_passes_for_a_model_that_cannot_be_served(app: FastAPI) -> None:
    def load() -> SemanticModel:
        raise ArtifactError("damaged")

    loading = Loading(load).start()
    assert loading.wait(SOON)
    assert ping(around(app, loading)).status == 503


class WaitingEncoder(ColorEncoder):
    """An engine that waits to be told."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        self.begun.set()
        assert self.go_on.wait(SOON)
        return super().encode_core(pixels)


def test_once_stopped_what_runs_is_finished_and_what_comes_is_refused(words: Taxonomy, settings: Settings) -> None:
    encoder = WaitingEncoder()
    made = fake_model(words, encoder=encoder)
    loading = Loading(lambda: made).start()
    container = AsynchronousApp(create_app(loading, words, settings), loading, 1 << 20)
    driven = cast("FastAPI", container)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ask, driven, invocation("/detect", DETECT))
        assert encoder.begun.wait(SOON)
        container.stop()
        assert container.wait_until_idle(0) is False
        for call in (invocation("/detect", DETECT), Call("/ping", method="GET"), Call("/health", method="GET")):
            refused = ask(driven, call)
            assert (refused.status, refused.json["code"]) == (503, "model_unavailable")
            assert "retry-after" in refused.headers
        encoder.go_on.set()
        assert container.wait_until_idle(SOON) is True
        assert running.result(SOON).json["status"] == 200


def test_a_route_is_given_no_more_bytes_than_arrived() -> None:
    """Both hold a body to the same limit."""
    given: list[bytes] = []

    async def app(_: Any, receive: Any, send: Any) -> None:
        given.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    body = {"labels": ["着物"] * 100, "numbers": [1] * 100}
    sent = json.dumps({"route": "/any", "body": body}, ensure_ascii=False, separators=(",", ":")).encode()
    loading = Loading(lambda: 1).start()
    answer = ask(around(cast("FastAPI", app), loading, len(sent)), Call("/invocations", sent))
    assert answer.json["status"] == 200
    assert json.loads(given[0]) == body
    assert len(given[0]) < len(sent)


SLOW_SERVER = """
import asyncio, sys
from functions.common.gpu.asynchronous import AsynchronousApp
from functions.common.gpu.server import Server
from functions.common.loading import Loading

async def app(scope, receive, send):
    print("begun", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await asyncio.sleep(1.5)  # longer than uvicorn gives what it finds unfinished
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})

Server(AsynchronousApp(app, Loading(lambda: 1).start(), 1000), "127.0.0.1", int(sys.argv[1])).serve_until_stopped()
print("ended", flush=True)
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(port: int) -> Iterator[subprocess.Popen[str]]:
    """The server in a process of its own, around an app that takes until it is sent a line, and a little more."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_SERVER, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_server_told_to_stop_finishes_first(server: subprocess.Popen[str], port: int) -> None:
    url = f"http://127.0.0.1:{port}"

    async def talk() -> tuple[httpx.Response, httpx.Response, str]:
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(base_url=url, timeout=SOON, limits=limits) as client:
            deadline = time.monotonic() + SOON
            while True:
                try:
                    assert (await client.get("/ping")).status_code == 200
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline
                    await asyncio.sleep(0.05)
            slow = asyncio.create_task(client.post("/invocations", json={"route": "/slow", "body": {}}))
            assert server.stdout is not None
            begun = await asyncio.to_thread(server.stdout.readline)
            server.send_signal(signal.SIGTERM)
            while (await client.get("/ping")).status_code == 200:  # the signal is still on its way
                assert time.monotonic() < deadline
            refused = await client.post("/invocations", json={"route": "/slow", "body": {}})
            assert server.stdin is not None
            server.stdin.write("go on\n")
            server.stdin.flush()
            return await slow, refused, begun

    finished, refused, begun = asyncio.run(talk())
    assert begun == "begun\n"
    assert (finished.status_code, finished.json()) == (200, {"status": 200, "headers": {}, "body": {}})
    assert refused.status_code == 503
    assert refused.json()["detail"] == "this container is shutting down"
    assert server.wait(SOON) == 0
    assert server.stdout is not None
    assert server.stdout.read().endswith("ended\n")


STUCK_SERVER = """
import sys, time
import anyio.to_thread
from functions.common.gpu import server
from functions.common.gpu.asynchronous import AsynchronousApp
from functions.common.gpu.container import end
from functions.common.loading import Loading

server.STOP_SECONDS = 0.1

async def app(scope, receive, send):
    print("begun", flush=True)
    await anyio.to_thread.run_sync(time.sleep, 600)

server.Server(
    AsynchronousApp(app, Loading(lambda: 1).start(), 1000), "127.0.0.1", int(sys.argv[1])
).serve_until_stopped()
print("given back")
end(3)
"""


def test_what_is_never_finished_does_not_keep_the_process(port: int) -> None:
    """Whatever has to be given back is, before SageMaker would kill it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", STUCK_SERVER, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            with ThreadPoolExecutor(1) as pool:
                asked = pool.submit(wait_for_an_end, f"http://127.0.0.1:{port}/stuck")
                assert process.stdout is not None
                assert process.stdout.readline() == "begun\n"
                process.send_signal(signal.SIGTERM)
                assert process.wait(SOON) == 3
                asked.result(SOON)
            assert process.stdout.read() == "given back\n"
            assert process.stderr is not None
            assert "stopped with requests unfinished after 0.1 s" in process.stderr.read()
        finally:
            process.kill()


def wait_for_an_end(url: str) -> None:
    """Asks, once there is somebody, and is left without an answer."""
    deadline = time.monotonic() + SOON
    while True:
        try:
            httpx.get(url, timeout=SOON)
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        except httpx.TransportError:
            return
        else:
            return
