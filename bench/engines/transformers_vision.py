"""transformers' own vision tower in torch eager, loaded from the checkpoint the documented way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
import transformers
from transformers import SiglipVisionModel

from bench.engines import Answer, Options
from bench.engines.pixels import pixels


class TransformersEngine:
    """SiglipVisionModel with SDPA, in fp32 or bf16."""

    def __init__(self, model: Any, dtype: torch.dtype) -> None:
        self._model = model
        self._pixels = torch.from_numpy(pixels(model.config.image_size)).to(dtype)

    def run(self) -> Answer:
        """See Engine."""
        started = time.perf_counter()
        with torch.inference_mode():
            output = self._model(pixel_values=self._pixels).pooler_output
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "embedding": output[0].float().tolist()}

    def commands(self) -> dict[str, Callable[[], Answer]]:
        """See Engine."""
        return {}


def open_engine(options: Options) -> TransformersEngine:
    """`checkpoint`: its folder; `dtype`: float32 or bfloat16; `threads`."""
    # The text tower is left out on purpose, which transformers would list tensor by tensor.
    logs: Any = transformers.logging  # untyped, as what follows
    logs.set_verbosity_error()
    torch.set_num_threads(options["threads"])
    dtype: torch.dtype = getattr(torch, options["dtype"])
    load: Any = SiglipVisionModel.from_pretrained
    return TransformersEngine(load(options["checkpoint"], dtype=dtype, attn_implementation="sdpa").eval(), dtype)
