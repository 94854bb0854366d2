"""The semantic service's routes: parse, one domain call, shape the answer."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from functions.common import service
from functions.common.admission import Admission
from functions.common.cross_origin import allow_origins
from functions.common.exchange import Exchange
from functions.common.loading import Loading
from functions.common.receipts import Cashier
from functions.common.routes import Found, Routes
from functions.common.sources import Sources, open_sources
from functions.semantic import about
from functions.semantic.gate import DecisionThresholds
from functions.semantic.model import SemanticModel
from functions.semantic.moderation import minor_threshold
from functions.semantic.pipeline import Pipeline
from functions.semantic.schemas.align import AlignOptions, AlignRequest, AlignResponse
from functions.semantic.schemas.batch import BatchRequest, BatchResponse
from functions.semantic.schemas.classify import (
    ClassifyOptions,
    ClassifyRequest,
    ClassifyResponse,
    LabelsRequest,
    LabelsResponse,
)
from functions.semantic.schemas.detect import DetectOptions, DetectRequest, DetectResponse
from functions.semantic.schemas.filters import FiltersResponse
from functions.semantic.schemas.info import InfoResponse
from functions.semantic.schemas.moderate import ModerateOptions, ModerateRequest, ModerateResponse
from functions.semantic.settings import Settings
from taxonomy import Taxonomy

VERSION: Final = "0.1.0"
_LABEL_PROBLEMS: Final = service.problem_responses(400, 403, 413, 415, 422, 500, 501, 503)
_REQUESTS: Final = (
    DetectRequest,
    AlignRequest,
    BatchRequest,
    ClassifyRequest,
    ModerateRequest,
    LabelsRequest,
)


def create_app(
    loading: Loading[SemanticModel], taxonomy: Taxonomy, settings: Settings, sources: Sources | None = None
) -> FastAPI:
    """The app, around a model that may still be loading; `sources` are those of the settings unless given."""
    deployment = settings.deployment
    app = service.create_service(
        title="imajin semantic",
        version=VERSION,
        description="Does the picture show what was asked for? SigLIP2 zero-shot attributes and alignment.",
        cashier=Cashier(deployment.platform),
        requests=_REQUESTS,
    )
    allow_origins(app, deployment.cors_origins)
    sources = sources or open_sources(deployment.sources)
    thresholds = DecisionThresholds(
        detection=settings.detection_threshold,
        alignment=settings.alignment_threshold,
        minor=minor_threshold(taxonomy, settings.minor_threshold),
    )
    pipeline = Pipeline(loading, taxonomy, deployment, thresholds, Admission(deployment.queue), sources)
    routes = Routes(app, deployment.max_request_bytes, sources)
    _add_picture_routes(routes, pipeline)
    _add_label_routes(routes, pipeline)
    _add_service_routes(routes, pipeline)
    return app


def _add_picture_routes(routes: Routes, pipeline: Pipeline) -> None:
    routes.picture(
        "/detect",
        pipeline.detect,
        (DetectRequest, DetectOptions),
        DetectResponse,
        summary="Attributes of one picture",
    )
    routes.picture(
        "/align",
        pipeline.align,
        (AlignRequest, AlignOptions),
        AlignResponse,
        summary="Whether one picture shows the requested filters",
    )
    routes.picture(
        "/moderate",
        pipeline.moderate,
        (ModerateRequest, ModerateOptions),
        ModerateResponse,
        summary="Moderation classes of one picture",
    )
    routes.document(
        "/batch",
        pipeline.batch,
        BatchRequest,
        BatchResponse,
        summary="Attributes of up to 50 pictures, and alignment if filters are requested",
    )


def _add_label_routes(routes: Routes, pipeline: Pipeline) -> None:
    routes.picture(
        "/classify",
        pipeline.classify,
        (ClassifyRequest, ClassifyOptions),
        ClassifyResponse,
        summary="Labels of your own, scored for one picture",
        problems=_LABEL_PROBLEMS,
    )
    routes.document(
        "/",
        pipeline.labels,
        LabelsRequest,
        LabelsResponse,
        summary="Probabilities of mutually exclusive labels for one picture",
        problems=_LABEL_PROBLEMS,
    )


def _add_service_routes(routes: Routes, pipeline: Pipeline) -> None:
    def filters(exchange: Exchange) -> Found:
        model = pipeline.model(exchange)
        return about.filters(model, pipeline.taxonomy), model.reference

    def info(exchange: Exchange) -> Found:
        model = pipeline.model(exchange)
        result = about.info(
            model,
            pipeline.gate(model),
            pipeline.deployment,
            pipeline.sources,
            load_ms=pipeline.loading.load_ms,
            version=VERSION,
        )
        return result, model.reference

    routes.get("/filters", filters, FiltersResponse, summary="Filters, categories and styles")
    routes.get("/info", info, InfoResponse, summary="Model, engine, thresholds and limits")
    routes.health(pipeline.loading, lambda model: (model.encoder.device, model.runtime, model.reference))
