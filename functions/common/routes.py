"""A service's routes: each reads a request, makes one domain call in a thread, and answers with what that found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import anyio.to_thread
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from functions.common.bodies import read_json
from functions.common.engines import Runtime
from functions.common.exchange import Exchange, exchange_of
from functions.common.inputs import Picture, RemotePicture, read_picture
from functions.common.loading import Loading
from functions.common.query_parameters import TWO_WAYS, query_parameters
from functions.common.service import problem_responses, reply, request_body
from functions.common.sources import Sources
from functions.common.validation import refuse_any_query
from functions.common.wire import Envelope, Gpu, HealthResponse, HealthResult, ImageSource, ModelReference, Reply

Found: TypeAlias = tuple[Reply, ModelReference]
Problems: TypeAlias = Mapping[int | str, dict[str, Any]]

PROBLEMS: Final[Problems] = problem_responses(400, 403, 413, 415, 422, 500, 503)
"""What a route that takes a picture may refuse with."""
DEMO_MODEL: Final = (
    "the demo model knows only pictures drawn by this project; for any other its scores mean nothing, however "
    "confident they look"
)
_GET_PROBLEMS: Final[Problems] = problem_responses(400, 422, 500, 503)
_HEALTH_PROBLEMS: Final[Problems] = problem_responses(400, 500, 503)

Document = TypeVar("Document", bound=BaseModel)
Options = TypeVar("Options", bound=BaseModel)
Options_contra = TypeVar("Options_contra", contravariant=True)
Model = TypeVar("Model")


class PictureWork(Protocol[Options_contra]):
    """A domain call about one picture."""

    __name__: str

    def __call__(self, picture: Picture | RemotePicture, options: Options_contra, exchange: Exchange, /) -> Found:
        """What there is to find, and the model that found it. Raises ServiceError."""


@dataclass(frozen=True, slots=True)
class Routes:
    """Adds routes to `app`.

    `response` makes the wire model of what was found and its envelope; where it is a function, `shape` is the model's
    type. The contract names an operation after its domain call.
    """

    app: FastAPI
    max_bytes: int
    sources: Sources

    def picture(
        self,
        path: str,
        work: PictureWork[Options],
        reads: tuple[type[ImageSource], type[Options]],
        response: Callable[..., Envelope],
        *,
        summary: str,
        shape: Any = None,
        problems: Problems = PROBLEMS,
    ) -> None:
        """POST of one picture: as JSON, or as raw bytes with the options in the query. `reads` describes both."""
        document, options = reads

        async def endpoint(request: Request) -> Response:
            exchange = exchange_of(request)
            picture, chosen = await read_picture(request, document, options, self.max_bytes, self.sources)
            return await _answered(response, exchange, partial(work, picture, chosen, exchange), judged=True)

        self.app.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            name=work.__name__,
            summary=summary,
            description=TWO_WAYS,
            response_model=shape or response,
            responses=dict(problems),
            openapi_extra=request_body(document, raw_image=True) | {"parameters": query_parameters(options)},
        )

    def document(
        self,
        path: str,
        work: Callable[[Document, Exchange], Found],
        reads: type[Document],
        response: Callable[..., Envelope],
        *,
        summary: str,
        problems: Problems = PROBLEMS,
    ) -> None:
        """POST of a JSON document."""

        async def endpoint(request: Request) -> Response:
            exchange = exchange_of(request)
            parsed = await read_json(request, reads, self.max_bytes)
            return await _answered(response, exchange, partial(work, parsed, exchange), judged=True)

        self.app.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            name=work.__name__,
            summary=summary,
            response_model=response,
            responses=dict(problems),
            openapi_extra=request_body(reads),
        )

    def get(
        self,
        path: str,
        work: Callable[[Exchange], Found],
        response: Callable[..., Envelope],
        *,
        summary: str,
        any_query: bool = False,
    ) -> None:
        """GET without parameters; with `any_query` they are ignored, else refused."""

        async def endpoint(request: Request) -> Response:
            exchange = exchange_of(request)
            if not any_query:
                refuse_any_query(request.query_params)
            return await _answered(response, exchange, partial(work, exchange))

        self.app.add_api_route(
            path,
            endpoint,
            name=work.__name__,
            summary=summary,
            response_model=response,
            responses=dict(_HEALTH_PROBLEMS if any_query else _GET_PROBLEMS),
        )

    def health(
        self, loading: Loading[Model], describe: Callable[[Model], tuple[str, Runtime | None, ModelReference]]
    ) -> None:
        """GET /health, which never waits for the model; `describe` gives its device, what runs it, and its name."""

        def health(_: Exchange) -> Found:
            device, runtime, model = describe(loading.get(0))
            gpu = runtime.gpu if runtime else Gpu(available=False)
            return HealthResult(status="ok", model_loaded=True, device=device, gpu=gpu), model

        # Probes may add parameters of their own.
        self.get("/health", health, HealthResponse, summary="Ready, or a 503 that says why not", any_query=True)


async def _answered(
    response: Callable[..., Envelope], exchange: Exchange, work: Callable[[], Found], *, judged: bool = False
) -> Response:
    """`judged`: the answer is the model's word on a picture."""
    result, model = await anyio.to_thread.run_sync(work)
    if judged and model.demo:
        exchange.notice("demo_model", DEMO_MODEL)
    return reply(response(**dict(result), **exchange.envelope(model)))
