"""The aesthetic GPU container's entry point: `python -m functions.aesthetic.gpu serve`."""

from __future__ import annotations

import sys

from functions.aesthetic.api import create_app
from functions.aesthetic.gpu.reward_model import open_model
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.settings import Settings, read_settings
from functions.common.gpu.container import Service, end, main
from functions.common.gpu.settings import GpuSettings


def service() -> Service[AestheticModel, Settings]:
    """The aesthetic service around the torch engine."""

    def opened(settings: Settings, gpu: GpuSettings) -> AestheticModel:
        artifacts, threads = settings.deployment.artifacts, settings.deployment.threads
        return open_model(artifacts, gpu.device, batch_size=gpu.batch_size, threads=threads)

    return Service("aesthetic", read_settings, opened, create_app)


if __name__ == "__main__":
    end(main(service(), sys.argv[1:]))
