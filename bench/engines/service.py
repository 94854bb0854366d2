"""A whole service as Lambda runs it: the handler imported, REST events from JSON text to JSON text."""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bench.engines import Answer, Options


class _Context:
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


class ServiceEngine:
    """Answers saved events over and over, one for each command; that of `run` comes first."""

    def __init__(
        self, handler: Callable[[dict[str, Any], Any], dict[str, Any]], events: Mapping[str, Callable[[], bytes]]
    ) -> None:
        self._handler = handler
        self._events = events

    def run(self) -> Answer:
        """See Engine. `seconds` is seen from outside and includes what the runtime's client does: JSON both ways."""
        return self._answer("run")

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {name: partial(self._answer, name) for name in self._events}

    def _answer(self, name: str) -> Answer:
        event = self._events[name]()
        started = time.perf_counter()
        answer = self._handler(json.loads(event), _Context())
        json.dumps(answer)
        seconds = time.perf_counter() - started
        if answer["statusCode"] != 200:
            raise RuntimeError(f"the service answered {answer['statusCode']}: {answer['body']}")
        return {"seconds": seconds, **_told(json.loads(answer["body"]))}


def open_engine(options: Options) -> ServiceEngine:
    """`function`: semantic or aesthetic; `artifact`: its folder; `events`: paths of REST events as JSON by command;
    `threads`.
    """
    function = options["function"]
    os.environ |= {f"{function.upper()}_ARTIFACTS": options["artifact"], "INFERENCE_THREADS": str(options["threads"])}
    # Importing it starts the model, and reads the settings above.
    module: Any = importlib.import_module(f"functions.{function}.handler")
    return ServiceEngine(module.handler, {name: Path(path).read_bytes for name, path in options["events"].items()})


def _told(body: dict[str, Any]) -> Answer:
    """The stages' times, and rewards in the order of what was asked where the answer has some."""
    told: Answer = {"timing_ms": body["timing_ms"]}
    if "raw_score" in body:
        told["rewards"] = [body["raw_score"]]
    elif "scores" in body:
        told["rewards"] = [score["raw_score"] for score in body["scores"]]
    elif "best_candidate" in body:
        told["rewards"] = [result["raw_score"] for result in sorted(body["results"], key=lambda one: one["index"])]
    return told
