"""The aesthetic service's routes: parse, one domain call, shape the answer."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from functions.aesthetic import about, schemas
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.pipeline import Pipeline
from functions.aesthetic.settings import Settings
from functions.common import service
from functions.common.admission import Admission
from functions.common.cross_origin import allow_origins
from functions.common.exchange import Exchange
from functions.common.loading import Loading
from functions.common.receipts import Cashier
from functions.common.routes import Found, Routes
from functions.common.sources import Sources, open_sources
from functions.common.wire import Envelope

VERSION: Final = "0.1.0"


def create_app(loading: Loading[AestheticModel], settings: Settings, sources: Sources | None = None) -> FastAPI:
    """The app, around a model that may still be loading; `sources` are those of the settings unless given."""
    deployment = settings.deployment
    app = service.create_service(
        title="imajin aesthetic",
        version=VERSION,
        description="Would people like the picture, given its prompt? ImageReward scores and ranking.",
        cashier=Cashier(deployment.platform),
        requests=(schemas.ScoreRequest, schemas.ScoreBatchRequest),
    )
    allow_origins(app, deployment.cors_origins)
    sources = sources or open_sources(deployment.sources)
    pipeline = Pipeline(loading, deployment, Admission(deployment.queue), sources)
    routes = Routes(app, deployment.max_request_bytes, sources)
    routes.picture(
        "/score",
        pipeline.score,
        (schemas.ScoreRequest, schemas.ScoreOptions),
        _score_response,
        shape=schemas.ScoreResponse | schemas.ScoresResponse,
        summary="One picture's score for a prompt, or for each of several",
    )
    routes.document(
        "/score-batch",
        pipeline.score_batch,
        schemas.ScoreBatchRequest,
        schemas.ScoreBatchResponse,
        summary="Up to 10 candidates for one prompt, best first",
    )

    def info(exchange: Exchange) -> Found:
        model = pipeline.model(exchange)
        found = about.info(model, deployment, sources, load_ms=loading.load_ms, version=VERSION)
        return found, model.reference

    routes.get("/info", info, schemas.InfoResponse, summary="Model, what its scores mean, engine and limits")
    routes.health(loading, lambda model: (model.engine.device, model.runtime, model.reference))
    return app


def _score_response(**fields: Any) -> Envelope:
    return schemas.ScoresResponse(**fields) if "scores" in fields else schemas.ScoreResponse(**fields)
