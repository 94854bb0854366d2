"""Engines, each in a process of its own: `python -m bench.engines NAME OPTIONS`.

A process opens its engine, gives a first answer, and then answers commands: one word a line on standard input, one JSON
object a line on standard output. What libraries print goes to standard error. An engine's module is imported by its
process alone, so that memory and start-up are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

Options = dict[str, Any]
Answer = dict[str, Any]
"""What a command found, as JSON holds it. That of `run` has `seconds`."""

MODULES: Final = {
    "image-encoder": "bench.engines.image_encoder",
    "onnx-graph": "bench.engines.onnx_graph",
    "transformers": "bench.engines.transformers_vision",
    "service": "bench.engines.service",
    "int8-floor": "bench.engines.int8_floor",
    "reward-model": "bench.engines.reward_model",
    "image-reward": "bench.engines.image_reward",
    "torch-reward": "bench.engines.torch_reward",
}
"""By name; each module has `open_engine(options) -> Engine`."""


class Engine(Protocol):
    """Something opened and ready to be measured."""

    def run(self) -> Answer:
        """One picture, timed; `embedding` is its embedding, `rewards` its rewards, where the engine has any."""

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """What it can do besides."""
