"""The real service around a fake engine, put together as the handler does it."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI

import taxonomy
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.model import SemanticModel
from functions.semantic.settings import Settings, read_settings
from tests.functions.calls import Answer, Call, Transport, through_asgi, through_lambda, warm_handler, with_picture
from tests.functions.fakes import fake_model
from tests.functions.pictures import blocks, encoded


@pytest.fixture(scope="session")
def words() -> taxonomy.Taxonomy:
    """The real taxonomy."""
    return taxonomy.load()


@pytest.fixture(scope="session")
def model(words: taxonomy.Taxonomy) -> SemanticModel:
    """The fake model; it covers everything."""
    return fake_model(words)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Defaults, on one thread; the directory is never read."""
    directory = tmp_path_factory.mktemp("artifacts")
    return read_settings({"SEMANTIC_ARTIFACTS": str(directory), "INFERENCE_THREADS": "1"})


@pytest.fixture(scope="session")
def app(words: taxonomy.Taxonomy, model: SemanticModel, settings: Settings) -> FastAPI:
    return create_app(Loading(lambda: model).start(), words, settings)


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The one that every Lambda handler of the session runs its app in."""
    own = asyncio.new_event_loop()
    yield own
    own.close()
    asyncio.set_event_loop(None)


@pytest.fixture(autouse=True)
def _current_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Whatever ran before: asyncio.run leaves the thread without a current loop, and a Lambda handler needs one."""
    asyncio.set_event_loop(loop)


@pytest.fixture(scope="session")
def handler(app: FastAPI, settings: Settings, loop: asyncio.AbstractEventLoop) -> LambdaHandler:
    """The Lambda entry point around the same app, as an environment that is already warm."""
    return warm_handler(app, settings, loop)


@pytest.fixture
def send(app: FastAPI) -> Callable[[Call], Answer]:
    """One call through the ASGI app."""
    return lambda call: through_asgi(app, call)[0]


@pytest.fixture(params=["asgi", "rest", "http"])
def transport(request: pytest.FixtureRequest, app: FastAPI, handler: LambdaHandler) -> Transport:
    """Every way in: the app itself, and the Lambda handler behind a REST and behind an HTTP API."""
    if request.param == "asgi":
        return lambda call: through_asgi(app, call)[0]
    return lambda call: through_lambda(handler, call, request.param)


@pytest.fixture(params=["asgi", "rest", "http"])
def way_into(request: pytest.FixtureRequest, handler: LambdaHandler) -> Iterator[Callable[[FastAPI], Transport]]:
    """As `transport`, for apps of the test's own."""
    del handler  # it made the loop that all Lambda handlers of this thread share
    loops: list[asyncio.AbstractEventLoop] = []

    def enter(app: FastAPI) -> Transport:
        if request.param == "asgi":
            return lambda call: through_asgi(app, call)[0]
        shared = asyncio.get_event_loop()
        entry = LambdaHandler(app, base_path="/semantic", provisioned=True)
        loops.append(asyncio.get_event_loop())
        asyncio.set_event_loop(shared)
        return lambda call: through_lambda(entry, call, request.param)

    yield enter
    for loop in loops:
        loop.close()


@pytest.fixture(scope="session")
def good_call() -> Call:
    """A request that is right in every way."""
    return with_picture(encoded(blocks(), "PNG"), min_confidence=0)
