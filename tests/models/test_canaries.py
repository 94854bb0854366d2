"""The checker against the real app on a local port, with a small artifact for the real taxonomy."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

import taxonomy
from functions.aesthetic.api import create_app as create_aesthetic_app
from functions.aesthetic.manifest import read_manifest as read_aesthetic_manifest
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.settings import read_settings as read_aesthetic_settings
from functions.common.artifact import Artifact
from functions.common.loading import Loading
from functions.common.manifest import Canaries, Canary
from functions.semantic.api import create_app
from functions.semantic.manifest import read_manifest
from functions.semantic.model import open_model
from functions.semantic.settings import read_settings
from models import pictures
from models.canaries import ask_canaries
from models.cli import main
from models.errors import CanaryError, PictureSetError
from models.pictures import CANARIES
from models.semantic.canaries import describe_canaries
from tests.functions.aesthetic.fakes import WordEngine
from tests.functions.aesthetic.fakes import manifest as aesthetic_manifest
from tests.functions.artifacts import change_manifest, write_artifact

WORDS = taxonomy.load()


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With canaries, as an export writes them."""
    directory = tmp_path_factory.mktemp("artifact")
    write_artifact(directory, WORDS)
    model = open_model(directory, WORDS, 1)
    encoder, loaded = model.encoder, pictures.load()
    images = {picture.name: picture.decode() for picture in loaded.pictures if picture.name in CANARIES}
    embeddings = {
        name: encoder.encode_post(encoder.encode_core(encoder.encode_pre(image))) for name, image in images.items()
    }
    canaries = describe_canaries(loaded, embeddings, model.detector, WORDS, quantized=True)
    assert canaries is not None
    change_manifest(directory, lambda document: document.update(canaries=canaries.model_dump(mode="json")))
    return directory


@pytest.fixture(scope="module")
def url(artifact: Path) -> Iterator[str]:
    settings = read_settings({"SEMANTIC_ARTIFACTS": str(artifact), "INFERENCE_THREADS": "1"})
    with _served(create_app(Loading(lambda: open_model(artifact, WORDS, 1)).start(), WORDS, settings)) as url:
        yield url


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    """The app on a local port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def test_canaries_are_of_each_kind_and_name_nothing_sensitive(artifact: Path) -> None:
    canaries = read_manifest(artifact)[0].canaries
    assert canaries is not None
    assert (canaries.measure, canaries.tolerance) == ("logit", 0.25)
    loaded = pictures.load()
    found = [loaded.find(canary.picture) for canary in canaries.pictures]
    assert [picture and picture.kind for picture in found] == ["photograph", "generated", "demo"]
    assert [picture and picture.sha256 for picture in found] == [canary.sha256 for canary in canaries.pictures]
    for canary in canaries.pictures:
        assert len(canary.expected) == 8
        assert not any(WORDS.filter(name).sensitive for name in canary.expected)


def test_the_model_that_was_exported_passes(artifact: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = ask_canaries(artifact, url)
    assert report.passed
    assert len(report.rows) == 3 * 8
    assert all(row.answered == pytest.approx(row.expected, abs=1e-3) for row in report.rows)
    assert main(["canaries", "--artifact", str(artifact), "--url", f"{url}/"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["picture", "logit", "of", "expected", "answered", "difference"]
    assert lines[-1] == "passed: 0 of 24 outside the tolerance of 0.25"


def test_rewards_are_asked_for_with_their_prompts(tmp_path: Path) -> None:
    """The aesthetic service, around an engine whose rewards depend on every word."""
    engine, loaded = WordEngine(), pictures.load()
    canaries = []
    for name in CANARIES:
        picture = loaded.find(name)
        assert picture is not None
        reward = engine.reward(engine.image_tokens(engine.pixels(picture.decode())), picture.caption).raw
        expected = {"raw_score": round(reward, 4)}
        canaries.append(Canary(picture=name, sha256=picture.sha256, prompt=picture.caption, expected=expected))
    found = Canaries(measure="reward", tolerance=0.05, pictures=tuple(canaries))
    described = aesthetic_manifest().model_copy(update={"canaries": found})
    (tmp_path / "manifest.json").write_text(described.model_dump_json())
    digest = read_aesthetic_manifest(tmp_path)[1]
    settings = read_aesthetic_settings({"AESTHETIC_ARTIFACTS": str(tmp_path), "INFERENCE_THREADS": "1"})
    model = AestheticModel(Artifact(tmp_path, described, digest), engine)
    with _served(create_aesthetic_app(Loading(lambda: model).start(), settings)) as url:
        report = ask_canaries(tmp_path, url)
        assert report.passed
        assert [(row.picture, row.name) for row in report.rows] == [(name, "raw_score") for name in CANARIES]
        change_manifest(
            tmp_path, lambda document: document["canaries"]["pictures"][2].update(prompt="another prompt altogether")
        )
        assert [row.within for row in ask_canaries(tmp_path, url).rows] == [True, True, False]


def test_a_score_that_is_off_is_noticed(
    artifact: Path, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The manifest expects another logit, as it would of an endpoint that computes another one."""
    names: list[str] = []

    def shift(document: dict[str, Any]) -> None:
        expected = document["canaries"]["pictures"][1]["expected"]
        names.append(next(iter(expected)))
        expected[names[0]] += 0.26

    write_artifact(tmp_path / "other", WORDS)
    (tmp_path / "other" / "manifest.json").write_bytes((artifact / "manifest.json").read_bytes())
    change_manifest(tmp_path / "other", shift)
    assert main(["canaries", "--artifact", str(tmp_path / "other"), "--url", url, "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    outside = [row for row in result["rows"] if not row["within"]]
    assert [(row["picture"], row["name"]) for row in outside] == [("generated_1.webp", names[0])]
    assert (result["passed"], result["tolerance"]) == (False, 0.25)


def test_another_model_is_noticed_even_where_its_scores_agree(artifact: Path, url: str, tmp_path: Path) -> None:
    write_artifact(tmp_path, WORDS)
    (tmp_path / "manifest.json").write_bytes((artifact / "manifest.json").read_bytes())
    change_manifest(tmp_path, lambda document: document["tools"].update(torch="3"))
    report = ask_canaries(tmp_path, url)
    assert all(row.within for row in report.rows)
    assert not report.passed
    assert f"OTHER MODEL: {url} serves {read_manifest(artifact)[1][:12]}, not " in report.table()


def test_a_score_that_is_not_given_is_outside(artifact: Path) -> None:
    digest = read_manifest(artifact)[1]
    with _answering(200, {"attributes": [], "model": {"digest": digest}}) as url:
        report = ask_canaries(artifact, url)
    assert not report.passed
    assert {row.answered for row in report.rows} == {None}
    assert report.table().count("none             OUTSIDE") == 24


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (503, {}, r"/detect: answered 503 Service Unavailable$"),
        (200, [], "answered something else than an object"),
        (200, {"attributes": []}, "answered something else than attributes and a model"),
        (200, None, "answered something else than JSON"),
    ],
)
def test_an_endpoint_that_cannot_be_compared(artifact: Path, status: int, answer: object, message: str) -> None:
    with _answering(status, answer) as url, pytest.raises(CanaryError, match=message):
        ask_canaries(artifact, url)


def test_headers_are_sent(artifact: Path) -> None:
    with _answering(200, {}) as url, pytest.raises(CanaryError):
        ask_canaries(artifact, url, ["x-api-key: secret"])
    assert _Answering.headers_seen["x-api-key"] == "secret"
    with pytest.raises(CanaryError, match="NAME:VALUE"):
        ask_canaries(artifact, url, ["x-api-key"])


def test_what_there_is_nothing_to_ask(artifact: Path, tmp_path: Path) -> None:
    with pytest.raises(CanaryError, match=r"manifest\.json: cannot be read"):
        ask_canaries(tmp_path, "http://127.0.0.1:1")
    with pytest.raises(CanaryError, match="file:///etc/passwd: not an http or https URL"):
        ask_canaries(artifact, "file:///etc/passwd")
    with pytest.raises(CanaryError, match=r"127\.0\.0\.1:1/detect: cannot be asked \(Connection refused\)$"):
        ask_canaries(artifact, "http://127.0.0.1:1")
    write_artifact(tmp_path, WORDS)
    with pytest.raises(CanaryError, match="has no canaries"):
        ask_canaries(tmp_path, "http://127.0.0.1:1")
    (tmp_path / "manifest.json").write_bytes((artifact / "manifest.json").read_bytes())
    change_manifest(tmp_path, lambda document: document["canaries"]["pictures"][0].update(sha256="0" * 64))
    with pytest.raises(PictureSetError, match=r"astronaut\.jpg: not the picture .* was measured on"):
        ask_canaries(tmp_path, "http://127.0.0.1:1")


class _Answering(BaseHTTPRequestHandler):
    """Gives every request one answer, None as text that is no JSON."""

    status: int
    answer: object
    headers_seen: dict[str, str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        type(self).headers_seen = {name.lower(): value for name, value in self.headers.items()}
        body = b"<html>" if self.answer is None else json.dumps(self.answer).encode()
        self.send_response(self.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        pass


@contextmanager
def _answering(status: int, answer: object) -> Iterator[str]:
    _Answering.status, _Answering.answer = status, answer
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
