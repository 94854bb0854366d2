"""The same app on a local port: `python -m functions.semantic`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import taxonomy
from functions.common.loading import Loading
from functions.common.local_server import LocalService, serve
from functions.semantic.api import create_app
from functions.semantic.model import open_model
from functions.semantic.settings import read_settings


def prepare(environment: Mapping[str, str]) -> LocalService:
    """The service, whose model is loaded once it has its port. Raises SettingsError."""
    settings, words = read_settings(environment), taxonomy.load()
    artifacts, threads = settings.deployment.artifacts, settings.deployment.threads
    loading = Loading(lambda: open_model(artifacts, words, threads))
    about = f"(model: {artifacts}); try GET /info, /filters, /docs"
    return LocalService(create_app(loading, words, settings), about, loading.start)


if __name__ == "__main__":
    sys.exit(serve("semantic", 8005, prepare, sys.argv[1:]))
