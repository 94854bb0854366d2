"""A graph in ONNX Runtime as it comes: nothing set but the number of threads."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import onnxruntime

from bench.engines import Answer, Options
from bench.engines.pixels import pixels


class OnnxGraphEngine:
    """Takes pixels, gives one embedding a picture."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        (source,) = session.get_inputs()
        (target,) = session.get_outputs()
        self._output = target.name
        self._inputs = {source.name: pixels(source.shape[-1])}

    def run(self) -> Answer:
        """See Engine."""
        started = time.perf_counter()
        (output,) = self._session.run([self._output], self._inputs)
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "embedding": np.asarray(output)[0].tolist()}

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {}


def open_engine(options: Options) -> OnnxGraphEngine:
    """`graph`: its path; `threads`."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options["threads"]
    return OnnxGraphEngine(onnxruntime.InferenceSession(options["graph"], settings, providers=["CPUExecutionProvider"]))
