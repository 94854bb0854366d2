"""The same app on a local port: `python -m functions.aesthetic`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from fastapi import FastAPI

from functions.aesthetic.api import create_app
from functions.aesthetic.model import open_model
from functions.aesthetic.settings import read_settings
from functions.common.loading import Loading
from functions.common.local_server import serve


def prepare(environment: Mapping[str, str]) -> tuple[FastAPI, str]:
    """The app, loading its model. Raises SettingsError."""
    settings = read_settings(environment)
    loading = Loading(lambda: open_model(settings.artifacts, settings.threads)).start()
    return create_app(loading, settings), f"(model: {settings.artifacts}); try GET /info, /docs"


if __name__ == "__main__":
    sys.exit(serve("aesthetic", 8006, prepare))
