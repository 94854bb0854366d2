"""Graphs that this session has traced: torch's exporter takes most of an export's time, and few tests are about it."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from models.aesthetic import graphs
from models.semantic import image_encoder, text_encoder

_EXPORTERS = (image_encoder, text_encoder, graphs)


class TracedGraphs:
    """The real exporter, asked once for the same module; `folder` keeps what it wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def once(self) -> Iterator[None]:
        """Exports within the block are given a graph that was traced before, if there is one."""
        with pytest.MonkeyPatch.context() as patch:
            for module in _EXPORTERS:
                patch.setattr(module, "export_graph", self._remembering(module.export_graph))
            yield

    def _remembering(self, export: Callable[..., None]) -> Callable[..., None]:
        def exported(module: nn.Module, path: Path, **options: Any) -> None:
            kept = self._folder / _digest(module, path.name)
            if not kept.is_dir():
                export(module, path, **options)
                kept.mkdir()
                for file in path.parent.glob(f"{path.name}*"):
                    shutil.copyfile(file, kept / file.name)
            for file in kept.iterdir():
                shutil.copyfile(file, path.parent / file.name)

        return exported


def _digest(module: nn.Module, name: str) -> str:
    found = hashlib.sha256(f"{name} {module}".encode())
    for key, tensor in module.state_dict().items():
        found.update(f"{key} {tuple(tensor.shape)}".encode() + tensor.contiguous().numpy().tobytes())
    return found.hexdigest()
