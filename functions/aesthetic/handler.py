"""The Lambda entry point; importing it starts loading the model. Nothing else acts at import."""

from __future__ import annotations

import logging
import os

from functions.aesthetic.api import create_app
from functions.aesthetic.model import open_model
from functions.aesthetic.settings import read_settings
from functions.common.gateway import LambdaHandler
from functions.common.loading import Loading

logging.getLogger("functions").setLevel(logging.INFO)

_settings = read_settings(os.environ)
_deployment = _settings.deployment
_loading = Loading(lambda: open_model(_deployment.artifacts, _deployment.threads)).start()
_app = create_app(_loading, _settings)
# On demand the init phase is cut off at 10 s and starts over; a longer load goes on in the first invocation instead.
_loading.wait(_deployment.init_wait_seconds)

handler = LambdaHandler(_app, base_path=_deployment.base_path, provisioned=_deployment.platform.provisioned)
