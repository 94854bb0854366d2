"""Messages of third-party exporters that say nothing to whoever exports a model."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = (
    "torch.onnx._internal.exporter._registration",  # torchvision is absent on purpose: it breaks CPU torch
    "onnxscript.optimizer._constant_folding",  # names of ops it leaves as they are
    "onnx_ir.passes.common.constant_folding",
)


@contextmanager
def quiet_export() -> Iterator[None]:
    """Silence the messages named here, and no others, while torch exports a graph."""
    levels = [(logging.getLogger(name), logging.getLogger(name).level) for name in _LOGGERS]
    for logger, _ in levels:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # torch's exporter copies its own deprecated LeafSpec.
            warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)`", category=FutureWarning)
            yield
    finally:
        for logger, level in levels:
            logger.setLevel(level)
