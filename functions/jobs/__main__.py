"""The same app on a local port: `python -m functions.jobs`; AWS_ENDPOINT_URL_* say where S3 and SageMaker are."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from functions.common.local_server import LocalService, serve
from functions.jobs.api import create_app
from functions.jobs.aws import Bucket, Endpoints, open_clients
from functions.jobs.settings import read_settings


def prepare(environment: Mapping[str, str]) -> LocalService:
    """The service. Raises SettingsError."""
    settings = read_settings(environment)
    s3, runtime = open_clients(settings.region)
    app = create_app(settings, Bucket(settings.bucket, s3), Endpoints(runtime))
    return LocalService(app, f"(bucket: {settings.bucket}); try POST /uploads, /docs")


if __name__ == "__main__":
    sys.exit(serve("jobs", 8007, prepare, sys.argv[1:]))
