"""The whole service as Lambda runs it: the handler imported, REST events from JSON text to JSON text."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.engines import Answer, Options


class _Context:
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 29_000


class ServiceEngine:
    """Answers one saved event over and over."""

    def __init__(self, handler: Callable[[dict[str, Any], Any], dict[str, Any]], event: bytes) -> None:
        self._handler = handler
        self._event = event

    def run(self) -> Answer:
        """See Engine. `seconds` is seen from outside and includes what the runtime's client does: JSON both ways."""
        started = time.perf_counter()
        answer = self._handler(json.loads(self._event), _Context())
        json.dumps(answer)
        seconds = time.perf_counter() - started
        if answer["statusCode"] != 200:
            raise RuntimeError(f"the service answered {answer['statusCode']}: {answer['body']}")
        return {"seconds": seconds, "timing_ms": json.loads(answer["body"])["timing_ms"]}

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {}


def open_engine(options: Options) -> ServiceEngine:
    """`artifact`: its folder; `event`: path of a REST event as JSON; `threads`."""
    os.environ |= {"SEMANTIC_ARTIFACTS": options["artifact"], "INFERENCE_THREADS": str(options["threads"])}
    # Importing it starts the model, and reads the settings above.
    from functions.semantic.handler import handler  # noqa: PLC0415

    return ServiceEngine(handler, Path(options["event"]).read_bytes())
