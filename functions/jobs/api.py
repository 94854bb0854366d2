"""The routes of uploads and jobs: parse, one domain call, shape the answer."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from functions.common import service
from functions.common.bodies import read_json
from functions.common.cross_origin import allow_origins
from functions.common.errors import MalformedHeader
from functions.common.exchange import Exchange, exchange_of
from functions.common.receipts import Cashier
from functions.common.service import problem_responses, reply, request_body
from functions.common.validation import refuse_any_query
from functions.jobs.aws import Bucket, Endpoints
from functions.jobs.records import KEPT_SECONDS, Outcome, Record
from functions.jobs.schemas import JobRequest, JobResponse, UploadRequest, UploadResponse
from functions.jobs.settings import Settings
from functions.jobs.submission import Jobs
from functions.jobs.timestamps import timestamp
from functions.jobs.uploads import Uploads

VERSION: Final = "0.1.0"
POLL_SECONDS: Final = 5
"""When it is worth asking again. From zero an instance takes minutes; asking costs next to nothing."""

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_KEY_PARAMETER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "1 to 255 visible ASCII characters; for 24 hours, the same key and request give the same job",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}
_ID_PARAMETER: Final = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "the job's id, from the answer of POST /jobs",
    "schema": {"type": "string"},
}
_WAIT: Final = {
    "Retry-After": {
        "description": "seconds until asking again is worthwhile; only while queued",
        "schema": {"type": "string"},
    }
}
_LOCATION: Final = {"Location": {"description": "the job's path, relative to this one", "schema": {"type": "string"}}}


def create_app(
    settings: Settings, bucket: Bucket, endpoints: Endpoints, now: Callable[[], float] = time.time
) -> FastAPI:
    """The app. `now` is in seconds since 1970."""
    app = service.create_service(
        title="imajin jobs",
        version=VERSION,
        description="Uploads, and asynchronous jobs: routes of the semantic and aesthetic services, run on a GPU.",
        cashier=Cashier(settings.platform),
        requests=(UploadRequest, JobRequest),
    )
    allow_origins(app, settings.cors_origins)
    _add_uploads(app, Uploads(settings, bucket, now), settings.max_request_bytes)
    _add_jobs(app, Jobs(settings, bucket, endpoints, now), settings.max_request_bytes)
    return app


def _add_uploads(app: FastAPI, uploads: Uploads, max_bytes: int) -> None:
    async def upload(request: Request) -> Response:
        exchange = exchange_of(request)
        wanted = await read_json(request, UploadRequest, max_bytes)
        offer = await anyio.to_thread.run_sync(partial(uploads.offer, wanted))
        return reply(UploadResponse(**dict(offer), **exchange.closing()))

    app.add_api_route(
        "/uploads",
        upload,
        methods=["POST"],
        name="upload",
        summary="Permission to upload one picture for a job",
        response_model=UploadResponse,
        responses=problem_responses(400, 413, 415, 422, 500, 503),
        openapi_extra=request_body(UploadRequest),
    )


def _add_jobs(app: FastAPI, jobs: Jobs, max_bytes: int) -> None:
    async def submit(request: Request) -> Response:
        exchange = exchange_of(request)
        key = _idempotency_key(request)
        wanted = await read_json(request, JobRequest, max_bytes)
        caller = exchange.invocation.caller

        def work() -> tuple[Record, Outcome | None]:
            with exchange.stages.measure("submit"):
                job = jobs.submit(wanted, key, caller)
                # Without a key the job is new; with one it may have ended long ago.
                return job, None if key is None else jobs.outcome(job)

        job, outcome = await anyio.to_thread.run_sync(work)
        answer = _answer(job, outcome, exchange, status=200 if outcome else 202)
        answer.headers["location"] = f"jobs/{job.id}"
        return answer

    async def job(request: Request) -> Response:
        exchange = exchange_of(request)
        refuse_any_query(request.query_params)

        def work() -> tuple[Record, Outcome | None]:
            with exchange.stages.measure("look"):
                found = jobs.find(request.path_params["id"], exchange.invocation.caller)
                return found, jobs.outcome(found)

        return _answer(*await anyio.to_thread.run_sync(work), exchange)

    ended = {"description": "The job that the key stands for has ended", "model": JobResponse, "headers": _LOCATION}
    app.add_api_route(
        "/jobs",
        submit,
        methods=["POST"],
        name="submit",
        summary="Run any POST route of either service on a GPU, as a job",
        status_code=202,
        response_model=JobResponse,
        responses={
            200: ended,
            202: {"headers": _LOCATION | _WAIT},
            **problem_responses(400, 403, 409, 413, 415, 422, 500, 503),
        },
        openapi_extra=request_body(JobRequest) | {"parameters": [_KEY_PARAMETER]},
    )
    app.add_api_route(
        "/jobs/{id}",
        job,
        name="job",
        summary="A job's status, and its outcome",
        response_model=JobResponse,
        responses={200: {"headers": _WAIT}, **problem_responses(400, 404, 422, 500, 503)},
        openapi_extra={"parameters": [_ID_PARAMETER]},
    )


def _idempotency_key(request: Request) -> str | None:
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise MalformedHeader("Idempotency-Key must be one value of 1 to 255 visible ASCII characters")
    return given[0]


def _answer(job: Record, outcome: Outcome | None, exchange: Exchange, status: int = 200) -> Response:
    body = JobResponse(
        id=job.id,
        function=job.function,
        route=job.route,
        status=outcome.status if outcome else "queued",
        created_at=timestamp(job.created),
        kept_until=timestamp(job.created + KEPT_SECONDS),
        result=outcome.result if outcome else None,
        problem=outcome.problem if outcome else None,
        **exchange.closing(),
    )
    response = reply(body)
    response.status_code = status
    response.headers["cache-control"] = "no-store"
    if outcome is None:
        response.headers["retry-after"] = str(POLL_SECONDS)
    return response
