"""The semantic service's routes: parse, one domain call, shape the answer."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from functions.common import service
from functions.common.admission import Admission
from functions.common.exchange import exchange_of
from functions.common.inputs import read_json, read_picture
from functions.common.loading import Loading
from functions.common.receipts import Cashier
from functions.common.routes import GET_PROBLEMS, PROBLEMS, add_health_route, answered, in_thread
from functions.common.sources import Sources, open_sources
from functions.semantic import about, schemas
from functions.semantic.model import SemanticModel
from functions.semantic.pipeline import Pipeline, model_reference
from functions.semantic.settings import Settings
from taxonomy import Taxonomy

VERSION: Final = "0.1.0"
_LABEL_PROBLEMS: Final = service.problem_responses(400, 403, 413, 415, 422, 500, 501, 503)
_REQUESTS: Final = (
    schemas.DetectRequest,
    schemas.AlignRequest,
    schemas.BatchRequest,
    schemas.ClassifyRequest,
    schemas.ModerateRequest,
    schemas.LabelsRequest,
)


def create_app(
    loading: Loading[SemanticModel], taxonomy: Taxonomy, settings: Settings, sources: Sources | None = None
) -> FastAPI:
    """The app, around a model that may still be loading; `sources` are those of the settings unless given."""
    app = service.create_service(
        title="imajin semantic",
        version=VERSION,
        description="Does the picture show what was asked for? SigLIP2 zero-shot attributes and alignment.",
        cashier=Cashier(settings.platform),
        requests=_REQUESTS,
    )
    sources = sources or open_sources(settings.sources)
    pipeline = Pipeline(loading, taxonomy, settings, Admission(settings.queue), sources)
    _add_picture_routes(app, pipeline)
    _add_batch_route(app, pipeline)
    _add_label_routes(app, pipeline)
    _add_service_routes(app, pipeline)
    return app


def _add_picture_routes(app: FastAPI, pipeline: Pipeline) -> None:
    max_bytes, sources = pipeline.settings.max_request_bytes, pipeline.sources

    @app.post(
        "/detect",
        summary="Attributes of one picture",
        response_model=schemas.DetectResponse,
        responses=PROBLEMS,
        openapi_extra=service.request_body(schemas.DetectRequest, raw_image=True),
    )
    async def detect(request: Request) -> Response:
        exchange = exchange_of(request)
        picture, options = await read_picture(request, schemas.DetectRequest, schemas.DetectOptions, max_bytes, sources)
        return await answered(schemas.DetectResponse, exchange, partial(pipeline.detect, picture, options, exchange))

    @app.post(
        "/align",
        summary="Whether one picture shows the requested filters",
        response_model=schemas.AlignResponse,
        responses=PROBLEMS,
        openapi_extra=service.request_body(schemas.AlignRequest, raw_image=True),
    )
    async def align(request: Request) -> Response:
        exchange = exchange_of(request)
        picture, options = await read_picture(request, schemas.AlignRequest, schemas.AlignOptions, max_bytes, sources)
        return await answered(schemas.AlignResponse, exchange, partial(pipeline.align, picture, options, exchange))

    @app.post(
        "/moderate",
        summary="Moderation classes of one picture",
        response_model=schemas.ModerateResponse,
        responses=PROBLEMS,
        openapi_extra=service.request_body(schemas.ModerateRequest, raw_image=True),
    )
    async def moderate(request: Request) -> Response:
        exchange = exchange_of(request)
        picture, options = await read_picture(
            request, schemas.ModerateRequest, schemas.ModerateOptions, max_bytes, sources
        )
        return await answered(
            schemas.ModerateResponse, exchange, partial(pipeline.moderate, picture, options, exchange)
        )


def _add_batch_route(app: FastAPI, pipeline: Pipeline) -> None:
    @app.post(
        "/batch",
        summary="Attributes, and alignment where filters are requested, of up to 50 pictures",
        response_model=schemas.BatchResponse,
        responses=PROBLEMS,
        openapi_extra=service.request_body(schemas.BatchRequest),
    )
    async def batch(request: Request) -> Response:
        exchange = exchange_of(request)
        parsed = await read_json(request, schemas.BatchRequest, pipeline.settings.max_request_bytes)
        return await answered(schemas.BatchResponse, exchange, partial(pipeline.batch, parsed, exchange))


def _add_label_routes(app: FastAPI, pipeline: Pipeline) -> None:
    max_bytes, sources = pipeline.settings.max_request_bytes, pipeline.sources

    @app.post(
        "/classify",
        summary="Open labels of one picture",
        response_model=schemas.ClassifyResponse,
        responses=_LABEL_PROBLEMS,
        openapi_extra=service.request_body(schemas.ClassifyRequest, raw_image=True),
    )
    async def classify(request: Request) -> Response:
        exchange = exchange_of(request)
        picture, options = await read_picture(
            request, schemas.ClassifyRequest, schemas.ClassifyOptions, max_bytes, sources
        )
        return await answered(
            schemas.ClassifyResponse, exchange, partial(pipeline.classify, picture, options, exchange)
        )

    @app.post(
        "/",
        summary="Probabilities of mutually exclusive labels of one picture",
        response_model=schemas.LabelsResponse,
        responses=_LABEL_PROBLEMS,
        openapi_extra=service.request_body(schemas.LabelsRequest),
    )
    async def labels(request: Request) -> Response:
        exchange = exchange_of(request)
        parsed = await read_json(request, schemas.LabelsRequest, max_bytes)
        return await answered(schemas.LabelsResponse, exchange, partial(pipeline.labels, parsed, exchange))


def _add_service_routes(app: FastAPI, pipeline: Pipeline) -> None:
    @app.get(
        "/filters",
        summary="Filters, categories and styles",
        response_model=schemas.FiltersResponse,
        responses=GET_PROBLEMS,
    )
    async def filters(request: Request) -> Response:
        exchange = exchange_of(request)
        model = await in_thread(partial(pipeline.model, exchange))
        fields = about.filters(model, pipeline.taxonomy)
        return service.reply(schemas.FiltersResponse(**fields, **exchange.envelope(model_reference(model))))

    @app.get(
        "/info",
        summary="Model, engine, thresholds and limits",
        response_model=schemas.InfoResponse,
        responses=GET_PROBLEMS,
    )
    async def info(request: Request) -> Response:
        exchange = exchange_of(request)
        model = await in_thread(partial(pipeline.model, exchange))
        fields = about.info(
            model,
            pipeline.gate(model),
            pipeline.settings,
            pipeline.sources,
            load_ms=pipeline.loading.load_ms,
            version=VERSION,
        )
        return service.reply(schemas.InfoResponse(**fields, **exchange.envelope(model_reference(model))))

    add_health_route(app, pipeline.loading, lambda model: (model.encoder.device, model_reference(model)))
