"""The aesthetic service around a fake engine, in place of the semantic one."""

import asyncio

import pytest
from fastapi import FastAPI

from functions.aesthetic.api import create_app
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.settings import Settings, read_settings
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading
from tests.functions.aesthetic.fakes import fake_model, score_call
from tests.functions.calls import Call, warm_handler
from tests.functions.pictures import blocks, encoded


@pytest.fixture(scope="session")
def model() -> AestheticModel:
    return fake_model()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Defaults, on one thread; the directory is never read."""
    directory = tmp_path_factory.mktemp("artifacts")
    return read_settings({"AESTHETIC_ARTIFACTS": str(directory), "INFERENCE_THREADS": "1"})


@pytest.fixture(scope="session")
def app(model: AestheticModel, settings: Settings) -> FastAPI:
    return create_app(Loading(lambda: model).start(), settings)


@pytest.fixture(scope="session")
def handler(app: FastAPI, settings: Settings, loop: asyncio.AbstractEventLoop) -> LambdaHandler:
    """The Lambda entry point around the same app, as an environment that is already warm."""
    return warm_handler(app, settings, loop)


@pytest.fixture(scope="session")
def good_call() -> Call:
    """A request that is right in every way."""
    return score_call(encoded(blocks(), "PNG"), prompts=["a red kite over the sea", ""])
