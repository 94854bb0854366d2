"""`python -m ops plan-verify` against the local service on loopback, and against answers with receipts of Lambda's."""

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import uvicorn

import taxonomy
from functions.common.deployment import demo_artifact
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.model import open_model
from functions.semantic.settings import read_settings
from models.errors import CanaryError
from ops.cli import main
from ops.contract import demo_app
from ops.errors import OpsError
from ops.plan.command import make_report
from ops.plan.measurements import read_measurements
from ops.plan.verification import PATHS, core_factor, measure, measured_as, percentile
from ops.plan.verify_command import KEY, PICTURE, render
from ops.plan.workload import ROUTES
from tests.functions.calls import Call, through_asgi
from tests.ops.plan.options import plan_options
from tests.ops.plan.test_planning import SMALL

WORKLOAD = ("--model", "so400m-patch14-384", *SMALL)


class Answers:
    """A service with these billed milliseconds and, cold, these of starting up."""

    def __init__(self, *calls: tuple[int, int], **receipt: Any) -> None:
        self.calls = iter(calls)
        self.receipt = {"usd": "0.0001", "memory_mb": 3538, "architecture": "arm64", "estimated": False} | receipt
        self.asked: list[tuple[str, str]] = []

    def post(self, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        assert body == b"picture"
        self.asked.append((path, media_type))
        call = next(self.calls, None)
        if call is None:
            raise CanaryError("answered 429 too_many_requests")
        billed_ms, init_ms = call
        return {
            "model": {"id": "google/siglip2-so400m-patch14-384"},
            "cost": self.receipt | {"billed_ms": billed_ms, "init_ms": init_ms},
        }


def test_warm_calls_are_told_from_cold_ones() -> None:
    clock = iter(range(8))
    service = Answers((9000, 6000), (3400, 0), (3450, 0), (3500, 0))
    found = measure(service, "align", b"picture", 4, lambda: float(next(clock)))
    assert service.asked == [("/align?requested_filters=kimono", "image/jpeg")] * 4
    assert (found.billed, found.cold, found.seconds) == ((3.4, 3.45, 3.5), 1, (1.0,) * 4)
    assert (found.usd, found.usd_per_thousand) == (Decimal("0.0004"), Decimal("0.1"))
    assert percentile(found.billed, 0.95) == 3.5
    assert percentile(found.billed, 0.5) == 3.45


def test_the_factor_to_plan_with() -> None:
    found = measure(Answers((3446, 0)), "detect", b"picture", 1)
    report = make_report(plan_options(*WORKLOAD))
    # 3,538 MB are two vCPUs, which is what was measured: 1.7226 s a picture.
    assert core_factor(report.plan, found, report.assumed) == pytest.approx(2.0, abs=0.01)
    text = render(report, found)
    assert "plan again with --arm64-factor 2.00" in text
    assert "another memory size or architecture" in text
    cold = measure(Answers((9000, 6000)), "detect", b"picture", 1)
    assert core_factor(report.plan, cold, report.assumed) is None
    assert "| a warm call billed, s, median " in render(report, cold)


def test_what_cannot_be_verified() -> None:
    for route, calls, sentence in (
        ("batch", 1, "detect, moderate, align, classify, score, not"),
        ("detect", 501, "between 1 and 500 calls"),
    ):
        with pytest.raises(OpsError, match=sentence):
            measure(Answers(), route, b"picture", calls)
    with pytest.raises(OpsError, match="1 of 1 answers have no receipt"):
        measure(Answers((10, 0), memory_mb=None), "detect", b"picture", 1)
    unknown = measure(Answers((10, 0), usd=None), "detect", b"picture", 1)
    assert (unknown.usd, unknown.usd_per_thousand) == (None, None)
    with pytest.raises(OpsError, match="429"):
        measure(Answers((10, 0)), "detect", b"picture", 2)


@pytest.mark.parametrize("route", PATHS)
def test_what_is_asked_is_answered(route: str) -> None:
    path, _, query = PATHS[route].partition("?")
    call = Call(path, PICTURE.read_bytes(), content_type="image/jpeg", query=query)
    (answer,) = through_asgi(demo_app(ROUTES[route].function), call)
    assert answer.status == 200, answer.json
    assert answer.json["cost"]["billed_ms"] > 0


def test_the_shape_that_answers_is_known_by_its_name() -> None:
    shapes, reward = read_measurements(), read_measurements("score")
    assert measured_as("google/siglip2-so400m-patch14-384", shapes) == "so400m-patch14-384"
    assert measured_as("google/siglip2-base-patch16-256", shapes) == "base-patch16-256"
    assert measured_as("THUDM/ImageReward", reward) == "image-reward"
    for model in ("imajin-demo-semantic", "google/siglip2-base-patch16-512", ""):
        assert measured_as(model, shapes) is None


class Stack(http.server.BaseHTTPRequestHandler):
    """Answers as a deployed so400m with calls of 2 s."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answer = json.dumps(Answers((2000, 0)).post("/detect", b"picture", "image/jpeg")).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_an_url_is_enough(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k")
    with http.server.HTTPServer(("127.0.0.1", 0), Stack) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            assert main(["plan-verify", "--url", f"http://127.0.0.1:{server.server_port}", "--calls", "2"]) == 0
        finally:
            server.shutdown()
    told = capsys.readouterr().out
    assert told.startswith("Workload: 1,000 images a day, 1 a second at the peak, p95 3 s, /detect.")
    assert "another model" not in told
    # Two vCPUs were measured to take 1.7226 s, and 3,538 MB are two.
    assert "plan again with --arm64-factor 1.16" in told


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The semantic service on the demo model, on a free port of this machine."""
    settings = read_settings({"SEMANTIC_ARTIFACTS": str(demo_artifact("semantic")), "INFERENCE_THREADS": "1"})
    filters = taxonomy.load()
    loading = Loading(lambda: open_model(settings.deployment.artifacts, filters, settings.deployment.threads)).start()
    server = uvicorn.Server(uvicorn.Config(create_app(loading, filters, settings), lifespan="off", log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


def test_the_local_service(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "k")
    workload = ("--model", "so400m-patch14-384", *SMALL[:-1], "60")
    assert main(["plan-verify", "--url", url, "--calls", "5", *workload]) == 0
    told = capsys.readouterr().out
    assert "Not Lambda: the receipts are estimates" in told
    assert "The service runs imajin-demo-semantic, another model than the plan's" in told
    assert "| cold calls" in told
    assert "0 of 5" in told
    assert "plan again with" not in told, "an estimate says nothing about Lambda's speed"


def test_nobody_answers(tmp_path: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert main(["plan-verify", "--url", url, *WORKLOAD]) == 2
    assert main(["plan-verify", "--url", url, "--picture", str(tmp_path / "absent.jpg"), *WORKLOAD]) == 2
