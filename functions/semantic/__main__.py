"""The same app on a local port: `python -m functions.semantic`."""

from __future__ import annotations

import logging
import os
import sys

import uvicorn

import taxonomy
from functions.common.loading import Loading
from functions.common.settings import SettingsError
from functions.semantic.api import create_app
from functions.semantic.model import open_model
from functions.semantic.settings import read_settings

DEFAULT_PORT = 8005


def main() -> int:
    """Serves until interrupted."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    words = taxonomy.load()
    loading = Loading(lambda: open_model(settings.artifacts, words, settings.threads)).start()
    app = create_app(loading, words, settings)
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", str(DEFAULT_PORT)))
    print(f"imajin semantic on http://{host}:{port} (model: {settings.artifacts}); try GET /info, /filters, /docs")
    uvicorn.run(app, host=host, port=port, log_level="warning", lifespan="off")
    return 0


if __name__ == "__main__":
    sys.exit(main())
