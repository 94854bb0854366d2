"""The two architectures of Lambda, under the names that the tools around it use."""

from __future__ import annotations

import enum
import platform

from emulation.errors import EmulationError


class Architecture(enum.StrEnum):
    """An architecture by the name that image platforms and Debian use."""

    AMD64 = "amd64"
    ARM64 = "arm64"

    @property
    def machine(self) -> str:
        """The name that wheels and the kernel use."""
        return {"amd64": "x86_64", "arm64": "aarch64"}[self.value]

    @property
    def lambda_name(self) -> str:
        """The name that Lambda and its price list use."""
        return {"amd64": "x86_64", "arm64": "arm64"}[self.value]


def local_architecture() -> Architecture:
    """The architecture of this machine.

    Raises EmulationError where the emulator has no build for it, or the system is not Linux.
    """
    if platform.system() != "Linux":
        raise EmulationError(f"the Lambda runtime emulator runs on Linux only, this is {platform.system()}")
    for architecture in Architecture:
        if platform.machine() in {architecture.machine, architecture.value}:
            return architecture
    raise EmulationError(f"Lambda has no architecture {platform.machine()}")
