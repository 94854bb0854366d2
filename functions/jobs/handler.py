"""The Lambda entry point. Nothing else acts at import."""

from __future__ import annotations

import logging
import os

from functions.common.gateway import LambdaHandler
from functions.jobs.api import create_app
from functions.jobs.aws import Bucket, Endpoints, open_clients
from functions.jobs.settings import read_settings

logging.getLogger("functions").setLevel(logging.INFO)

_settings = read_settings(os.environ)
_s3, _runtime = open_clients(_settings.region)
_app = create_app(_settings, Bucket(_settings.bucket, _s3), Endpoints(_runtime))

handler = LambdaHandler(_app, base_path=_settings.base_path, provisioned=_settings.platform.provisioned)
