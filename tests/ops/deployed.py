"""A deployed stage: both real services behind the wire of Lambda's Invoke and of a REST API that wants a key.

The semantic service runs the demo model; the aesthetic one an engine whose rewards depend on every word and pixel.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from functions.aesthetic.api import create_app as create_aesthetic_app
from functions.aesthetic.manifest import read_manifest as read_aesthetic_manifest
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.settings import read_settings as read_aesthetic_settings
from functions.common.artifact import Artifact
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading
from functions.common.manifest import Canaries, Canary, FileDigest
from models import pictures
from models.pictures import CANARIES
from ops.canaries import rest_event
from ops.contract import demo_app
from tests.functions.aesthetic.fakes import WordEngine, manifest
from tests.functions.calls import LambdaContext
from tests.ops.repositories import ACCOUNT, REGION

KEY = "the-key"
INVOKE, SETTINGS = "/2015-03-31/functions/", "/2016-08-19/account-settings"


def alias(function: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:imajin-{function}:live"


@dataclass
class Deployed:
    """What answers at `url`, and what it is to answer wrongly: a payload by function."""

    url: str = ""
    broken: dict[str, Any] = field(default_factory=dict)
    invoked: list[str] = field(default_factory=list)
    unknown_for: int = 0
    """How many requests more are refused, whatever key they bring."""
    received: tuple[dict[str, str], str] = ({}, "")
    """Headers, in lower case, and target of the last request to the API."""

    @property
    def outputs(self) -> dict[str, str]:
        return {
            "Url": f"{self.url}/dev/",
            "KeyId": "abc123",
            "Dashboard": "https://console.example/dashboard",
            "SemanticAlias": alias("semantic"),
            "AestheticAlias": alias("aesthetic"),
        }


def put_rewarded(directory: Path) -> None:
    """An artifact of the aesthetic service, which holds nothing but what its engine answers to the canaries."""
    engine, loaded = WordEngine(), pictures.load()
    canaries = []
    for name in CANARIES:
        picture = loaded.find(name)
        assert picture is not None
        reward = engine.reward(engine.image_tokens(engine.pixels(picture.decode())), picture.caption).raw
        expected = {"raw_score": round(reward, 4)}
        canaries.append(Canary(picture=name, sha256=picture.sha256, prompt=picture.caption, expected=expected))
    found = Canaries(measure="reward", tolerance=0.05, pictures=tuple(canaries))
    empty = FileDigest(bytes=0, sha256="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    document = manifest().model_copy(update={"canaries": found, "files": {"none": empty}})
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "none").touch()
    (directory / "manifest.json").write_text(document.model_dump_json(), encoding="utf-8")


@contextmanager
def deployed(aesthetic: Path) -> Iterator[Deployed]:
    """Serve until the block ends. `aesthetic` is a directory of `put_rewarded`."""
    stage, ready = Deployed(), threading.Event()
    servers: list[HTTPServer] = []

    def serve() -> None:
        # A handler runs its app in the loop of the thread that made it.
        handlers = {"semantic": _semantic(), "aesthetic": _aesthetic(aesthetic)}
        with HTTPServer(("127.0.0.1", 0), _wire(stage, handlers)) as server:
            stage.url = f"http://127.0.0.1:{server.server_address[1]}"
            servers.append(server)
            ready.set()
            server.serve_forever(poll_interval=0.05)
        asyncio.get_event_loop().close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(60)
    try:
        yield stage
    finally:
        servers[0].shutdown()
        thread.join()


def _semantic() -> LambdaHandler:
    return LambdaHandler(demo_app(), base_path="/semantic", provisioned=True)


def _aesthetic(directory: Path) -> LambdaHandler:
    document, digest = read_aesthetic_manifest(directory)
    settings = read_aesthetic_settings({"AESTHETIC_ARTIFACTS": str(directory), "INFERENCE_THREADS": "1"})
    model = AestheticModel(Artifact(directory, document, digest), WordEngine())
    app = create_aesthetic_app(Loading(lambda: model).start(), settings)
    asyncio.get_event_loop().close()  # of the handler before it; the next one makes its own
    return LambdaHandler(app, base_path="/aesthetic", provisioned=True)


def _wire(stage: Deployed, handlers: Mapping[str, LambdaHandler]) -> type[BaseHTTPRequestHandler]:
    class Wire(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path.rstrip("/") == SETTINGS, self.path
            self._json({"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            target = urlsplit(self.path)
            if self.path.startswith(INVOKE):
                self._invoke(unquote(target.path.removeprefix(INVOKE).removesuffix("/invocations")), json.loads(body))
            else:
                self._gateway(target.path, target.query, body)

        def _invoke(self, name: str, event: dict[str, Any]) -> None:
            stage.invoked.append(name)
            (function,) = [function for function in handlers if name == alias(function)]
            broken = stage.broken.get(function)
            if broken is None:
                self._json(handlers[function](event, LambdaContext()))
            else:
                self._json(broken, {"X-Amz-Function-Error": "Unhandled"} if "errorMessage" in broken else {})

        def _gateway(self, path: str, query: str, body: bytes) -> None:
            stage.received = {name.lower(): value for name, value in self.headers.items()}, self.path
            if stage.unknown_for or self.headers.get("x-api-key") != KEY:
                stage.unknown_for = max(0, stage.unknown_for - 1)
                self._json({"code": "forbidden"}, status=403)
                return
            function, _, rest = path.removeprefix("/dev/").partition("/")
            event = rest_event("dev", f"/{function}", f"/{rest}?{query}", body, self.headers["content-type"])
            answer = handlers[function](event, LambdaContext())
            text = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
            self._json(json.loads(text), status=answer["statusCode"])

        def _json(self, document: object, headers: Mapping[str, str] = {}, status: int = 200) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            for name, value in {
                **headers,
                "content-type": "application/json",
                "content-length": str(len(body)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            del format, args

    return Wire
