"""Silences messages of third-party libraries that mean nothing to whoever exports a model."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_EXPORT_LOGGERS = (
    "torch.onnx._internal.exporter._registration",  # torchvision is absent on purpose: it breaks CPU torch
    "onnxscript.optimizer._constant_folding",  # names of ops it leaves as they are
    "onnx_ir.passes.common.constant_folding",
)


_CONFIGURATION_LOGGER = "transformers.configuration_utils"  # token ids of CLIP, which SigLIP's defaults still name


@contextmanager
def quiet_configuration() -> Iterator[None]:
    """Silence transformers' advice on token ids that no SigLIP tower uses, while it reads a configuration."""
    with _raised_to_error((_CONFIGURATION_LOGGER,)):
        yield


@contextmanager
def quiet_export() -> Iterator[None]:
    """Silence the messages named here, and no others, while torch exports a graph."""
    with _raised_to_error(_EXPORT_LOGGERS), warnings.catch_warnings():
        # torch's exporter copies its own deprecated LeafSpec.
        warnings.filterwarnings("ignore", message=r"`isinstance\(treespec, LeafSpec\)`", category=FutureWarning)
        yield


@contextmanager
def _raised_to_error(names: tuple[str, ...]) -> Iterator[None]:
    levels = [(logging.getLogger(name), logging.getLogger(name).level) for name in names]
    for logger, _ in levels:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in levels:
            logger.setLevel(level)
