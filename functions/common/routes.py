"""How routes answer: their work in a thread, what it finds in its envelope; and the route every service has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from functions.common.exchange import Exchange, exchange_of
from functions.common.loading import Loading
from functions.common.service import problem_responses, reply
from functions.common.wire import Envelope, Gpu, HealthResponse, ModelReference, Reply

PROBLEMS: Final = problem_responses(400, 403, 413, 415, 422, 500, 503)
"""What a route that takes a picture may refuse with."""
GET_PROBLEMS: Final = problem_responses(400, 500, 503)

Answer = TypeVar("Answer")
Model = TypeVar("Model")


async def answered(
    response: type[Envelope], exchange: Exchange, work: Callable[[], tuple[Reply, ModelReference]]
) -> Response:
    """What `work` finds, in its envelope; `response` is the wire model that holds both."""
    result, model = await in_thread(work)
    return reply(response(**dict(result), **exchange.envelope(model)))


async def in_thread(work: Callable[[], Answer]) -> Answer:
    """What `work` returns; the loop goes on meanwhile."""
    return await anyio.to_thread.run_sync(work)


def add_health_route(
    app: FastAPI, loading: Loading[Model], describe: Callable[[Model], tuple[str, ModelReference]]
) -> None:
    """Adds GET /health, which never waits for the model; `describe` gives its device and its name."""

    @app.get(
        "/health",
        summary="Ready, or a 503 that says why not",
        response_model=HealthResponse,
        responses=GET_PROBLEMS,
    )
    async def health(request: Request) -> Response:
        exchange = exchange_of(request)
        device, model = describe(loading.get(0))
        return reply(
            HealthResponse(
                status="ok",
                model_loaded=True,
                device=device,
                gpu=Gpu(available=False),
                **exchange.envelope(model),
            )
        )
