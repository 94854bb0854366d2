"""The same app on a local port: `python -m functions.aesthetic`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from functions.aesthetic.api import create_app
from functions.aesthetic.model import open_model
from functions.aesthetic.settings import read_settings
from functions.common.loading import Loading
from functions.common.local_server import LocalService, serve


def prepare(environment: Mapping[str, str]) -> LocalService:
    """The service, whose model is loaded once it has its port. Raises SettingsError."""
    settings = read_settings(environment)
    artifacts, threads = settings.deployment.artifacts, settings.deployment.threads
    loading = Loading(lambda: open_model(artifacts, threads))
    about = f"(model: {artifacts}); try GET /info, /docs"
    return LocalService(create_app(loading, settings), about, loading.start)


if __name__ == "__main__":
    sys.exit(serve("aesthetic", 8006, prepare, sys.argv[1:]))
