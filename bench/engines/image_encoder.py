"""This project's encoder, opened as the service opens it: artifact verified, ONNX Runtime, one picture at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import taxonomy
from bench import process_memory
from bench.engines import Answer, Options
from bench.engines.pixels import pixels
from functions.semantic.model import SemanticModel, open_model
from functions.semantic.text_encoder import open_text_encoder

_SCORINGS = 50
_LABELS = 4


class ImageEncoderEngine:
    """`score`: all covered filters for one embedding. `text`: labels never seen before, the text tower opened first."""

    def __init__(self, model: SemanticModel, threads: int) -> None:
        self._model = model
        self._threads = threads
        self._pixels = pixels(model.artifact.manifest.preprocessing.height)

    def run(self) -> Answer:
        """See Engine."""
        started = time.perf_counter()
        embedding = self._embed()
        return {"seconds": time.perf_counter() - started, "embedding": embedding.tolist()}

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {"score": self._score, "text": self._text}

    def _embed(self) -> NDArray[np.float32]:
        encoder = self._model.encoder
        return encoder.encode_post(encoder.encode_core(self._pixels))

    def _score(self) -> Answer:
        detector, embedding = self._model.detector, self._embed()
        names = [entry.name for entry in taxonomy.load().filters if entry.name in detector.covers]
        seconds = []
        for _ in range(_SCORINGS):
            started = time.perf_counter()
            detector.score(embedding, names)
            seconds.append(time.perf_counter() - started)
        return {"seconds": seconds, "filters": len(names)}

    def _text(self) -> Answer:
        resident = process_memory.resident_mb()
        process_memory.forget_peak()
        started = time.perf_counter()
        encoder = open_text_encoder(self._model.artifact, self._threads)
        opened = time.perf_counter() - started
        seconds = []
        for number in range(_LABELS):
            started = time.perf_counter()
            encoder.encode(f"a person in a long blue coat in front of gate {number}")
            seconds.append(time.perf_counter() - started)
        return {
            "open_seconds": opened,
            "seconds": seconds,
            "added_mb": process_memory.resident_mb() - resident,
            "peak_added_mb": process_memory.peak_mb() - resident,
        }


def open_engine(options: Options) -> ImageEncoderEngine:
    """`artifact`: its folder; `threads`."""
    words = taxonomy.load()
    return ImageEncoderEngine(open_model(Path(options["artifact"]), words, options["threads"]), options["threads"])
