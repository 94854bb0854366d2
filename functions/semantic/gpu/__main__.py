"""The semantic GPU container's entry point: `python -m functions.semantic.gpu serve`."""

from __future__ import annotations

import sys

from fastapi import FastAPI

import taxonomy
from functions.common.gpu.container import Service, end, main
from functions.common.gpu.settings import GpuSettings
from functions.common.loading import Loading
from functions.semantic.api import create_app
from functions.semantic.gpu.encoders import open_model
from functions.semantic.model import SemanticModel
from functions.semantic.settings import Settings, read_settings


def service() -> Service[SemanticModel, Settings]:
    """The semantic service around the torch engine."""
    words = taxonomy.load()

    def opened(settings: Settings, gpu: GpuSettings) -> SemanticModel:
        artifacts, threads = settings.deployment.artifacts, settings.deployment.threads
        return open_model(artifacts, words, gpu.device, batch_size=gpu.batch_size, threads=threads)

    def app(loading: Loading[SemanticModel], settings: Settings) -> FastAPI:
        return create_app(loading, words, settings)

    return Service("semantic", read_settings, opened, app)


if __name__ == "__main__":
    end(main(service(), sys.argv[1:]))
