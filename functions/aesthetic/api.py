"""The aesthetic service's routes: parse, one domain call, shape the answer."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from functions.aesthetic import about, schemas
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.pipeline import Pipeline, model_reference
from functions.aesthetic.settings import Settings
from functions.common import service
from functions.common.admission import Admission
from functions.common.exchange import exchange_of
from functions.common.inputs import read_json, read_picture
from functions.common.loading import Loading
from functions.common.receipts import Cashier
from functions.common.routes import GET_PROBLEMS, PROBLEMS, add_health_route, answered
from functions.common.sources import Sources, open_sources
from functions.common.wire import ModelReference

VERSION: Final = "0.1.0"


def create_app(loading: Loading[AestheticModel], settings: Settings, sources: Sources | None = None) -> FastAPI:
    """The app, around a model that may still be loading; `sources` are those of the settings unless given."""
    app = service.create_service(
        title="imajin aesthetic",
        version=VERSION,
        description="Would people like the picture, given its prompt? ImageReward scores and ranking.",
        cashier=Cashier(settings.platform),
        requests=(schemas.ScoreRequest, schemas.ScoreBatchRequest),
    )
    sources = sources or open_sources(settings.sources)
    pipeline = Pipeline(loading, settings, Admission(settings.queue), sources)
    _add_score_routes(app, pipeline)
    _add_info_route(app, pipeline)
    add_health_route(app, loading, lambda model: (model.engine.device, model_reference(model)))
    return app


def _add_score_routes(app: FastAPI, pipeline: Pipeline) -> None:
    max_bytes, sources = pipeline.settings.max_request_bytes, pipeline.sources

    @app.post(
        "/score",
        summary="One picture's score for a prompt, or for each of several",
        response_model=schemas.ScoreResponse | schemas.ScoresResponse,
        responses=PROBLEMS,
        openapi_extra=service.request_body(schemas.ScoreRequest, raw_image=True),
    )
    async def score(request: Request) -> Response:
        exchange = exchange_of(request)
        picture, options = await read_picture(request, schemas.ScoreRequest, schemas.ScoreOptions, max_bytes, sources)
        if options.prompt is not None:
            return await answered(
                schemas.ScoreResponse, exchange, partial(pipeline.score, picture, options.prompt, exchange)
            )
        prompts = options.prompts or []
        return await answered(schemas.ScoresResponse, exchange, partial(pipeline.scores, picture, prompts, exchange))

    @app.post(
        "/score-batch",
        summary="Up to 10 candidates for one prompt, best first",
        response_model=schemas.ScoreBatchResponse,
        responses=PROBLEMS,
        openapi_extra=service.request_body(schemas.ScoreBatchRequest),
    )
    async def score_batch(request: Request) -> Response:
        exchange = exchange_of(request)
        parsed = await read_json(request, schemas.ScoreBatchRequest, max_bytes)
        return await answered(schemas.ScoreBatchResponse, exchange, partial(pipeline.rank, parsed, exchange))


def _add_info_route(app: FastAPI, pipeline: Pipeline) -> None:
    @app.get(
        "/info",
        summary="Model, what its scores mean, engine and limits",
        response_model=schemas.InfoResponse,
        responses=GET_PROBLEMS,
    )
    async def info(request: Request) -> Response:
        exchange = exchange_of(request)

        def work() -> tuple[schemas.InfoResult, ModelReference]:
            model = pipeline.model(exchange)
            load_ms = pipeline.loading.load_ms
            found = about.info(model, pipeline.settings, pipeline.sources, load_ms=load_ms, version=VERSION)
            return found, model_reference(model)

        return await answered(schemas.InfoResponse, exchange, work)
