"""The FastAPI factory both services are made with: one error shape, request ids, timing and cost on every answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.common import exchange as exchanges
from functions.common import invocation, problems
from functions.common.documentation import add_documentation
from functions.common.errors import InternalError, MethodNotAllowed, NotFound, ServiceError
from functions.common.exchange import Exchange, exchange_of
from functions.common.faults import trace
from functions.common.head_requests import HeadMiddleware
from functions.common.metrics import MetricsLog, open_metrics
from functions.common.receipts import Cashier
from functions.common.requests import check_host

logger = logging.getLogger(__name__)


def create_service(
    *, title: str, version: str, description: str, cashier: Cashier, requests: Iterable[type[BaseModel]]
) -> FastAPI:
    """An app without routes. `requests` are the request models routes refer to by `request_body`."""
    app = FastAPI(
        title=title, version=version, description=description, redirect_slashes=False, docs_url=None, redoc_url=None
    )
    models: list[type[BaseModel]] = [*requests, problems.Problem]

    async def service_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, ServiceError)  # noqa: S101 - registered for ServiceError alone
        return problem_response(error, exchange_of(request).request_id)

    async def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for HTTPException alone
        return problem_response(_from_framework(error, request.scope["path"]), exchange_of(request).request_id)

    add_documentation(app)
    app.add_exception_handler(ServiceError, service_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(ExchangeMiddleware, cashier=cashier, metrics=open_metrics(cashier.platform))

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _openapi(app, models)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
    return app


def problem_response(error: ServiceError, request_id: str) -> Response:
    """`error` as `application/problem+json`."""
    problem = problems.problem(error, request_id)
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        headers=problems.headers(error),
        media_type=problems.MEDIA_TYPE,
    )


def reply(answer: BaseModel) -> Response:
    """An answer as JSON."""
    return Response(answer.model_dump_json(), media_type="application/json")


def request_body(model: type[BaseModel], *, raw_image: bool = False) -> dict[str, Any]:
    """`openapi_extra` for a route that reads its body itself: JSON as `model`, and raw image bytes where taken.

    Its example is made of the first one of each field that has any.
    """
    content: dict[str, Any] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
    if example := {name: field.examples[0] for name, field in model.model_fields.items() if field.examples}:
        content["application/json"]["example"] = example
    if raw_image:
        for media in ("image/jpeg", "image/png", "image/webp"):
            content[media] = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": content}}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: the problem shape for each status."""
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "Problem (RFC 9457)", "content": content} for status in statuses}


class ExchangeMiddleware:
    """Wraps every request in an Exchange, catches what nothing else caught, and logs and meters the answer."""

    def __init__(self, app: ASGIApp, cashier: Cashier, metrics: MetricsLog | None) -> None:
        self._app = app
        self._cashier = cashier
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = invocation.current.get() or invocation.Invocation()
        sent = Headers(scope=scope)
        exchange = exchanges.begin(call, sent.get("x-request-id"), self._cashier)
        exchanges.attach(scope, exchange)
        status = 0

        async def finish(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _stamp(MutableHeaders(scope=message), exchange)
            await send(message)

        async def counted() -> Message:
            message = await receive()
            exchange.payload_bytes += len(message.get("body", b""))
            return message

        try:
            for host in sent.getlist("host"):
                check_host(host)
            await self._app(scope, counted, finish)
        except ServiceError as error:
            await problem_response(error, exchange.request_id)(scope, receive, finish)
        except ClientDisconnect:
            logger.info("request %s: the caller broke off while sending", exchange.request_id)
        except Exception as error:  # noqa: BLE001 - whatever nobody caught
            logger.error("request %s failed: %s", exchange.request_id, trace(error))  # noqa: TRY400 - without messages
            if not status:
                fault = InternalError("the fault is ours and has been logged under this request id")
                await problem_response(fault, exchange.request_id)(scope, receive, finish)
        # The path is only logged where a route matched it: anything else is the caller's text.
        route = getattr(scope.get("route"), "path", None)
        _log(scope, exchange, route, status)
        if self._metrics is not None:
            self._metrics.emit(exchange, route, status)


def _stamp(headers: MutableHeaders, exchange: Exchange) -> None:
    headers["x-request-id"] = exchange.request_id
    headers["x-total-time"] = f"{exchange.total_ms:.1f}"
    headers["x-inference-time"] = f"{exchange.stages.milliseconds.get('inference', 0.0):.1f}"
    cost = exchange.receipt()
    if cost is not None and cost.usd is not None:
        headers["x-cost-usd"] = cost.usd
    if exchange.model is not None:
        headers["x-model-digest"] = exchange.model.digest


def _log(scope: Scope, exchange: Exchange, route: str | None, status: int) -> None:
    line = {
        "request_id": exchange.request_id,
        "route": route,
        "method": scope["method"] if route else None,
        "status": status,
        "total_ms": round(exchange.total_ms, 1),
        "stages_ms": {stage: round(spent, 1) for stage, spent in exchange.stages.milliseconds.items()},
    }
    logger.info(json.dumps(line))


def _from_framework(error: HTTPException, path: str) -> ServiceError:
    if error.status_code == 405:
        taken = ((error.headers or {}).get("allow") or (error.headers or {}).get("Allow", "")).split(", ")
        # FastAPI's routes leave out HEAD; Starlette's own have it, in no particular order.
        allow = ", ".join(sorted({*taken, "HEAD"} if "GET" in taken else set(taken)))
        return MethodNotAllowed(f"this path takes {allow}; /docs describes every route", allow=allow)
    if error.status_code == 404:
        slash = "; no path ends in a slash" if path.rstrip("/") and path.endswith("/") else ""
        return NotFound(f"there is nothing here; /docs lists every route{slash}")
    return InternalError(f"the framework answered {error.status_code}")


def _openapi(app: FastAPI, models: list[type[BaseModel]]) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    components |= definitions.get("$defs", {})
    # Routes read their own bodies, so FastAPI's own validation error never leaves this service.
    components.pop("HTTPValidationError", None)
    components.pop("ValidationError", None)
    schema["components"]["schemas"] = dict(sorted(components.items()))
    return schema
