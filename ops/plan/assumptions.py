"""All assumptions of a plan in one place; each is listed with every plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import pricing

MB_PER_VCPU: Final = 1769
"""AWS: a function of 1,769 MB has the equivalent of one vCPU."""
MEMORIES_MB: Final = (1024, 1769, 2048, 3008, 3538, 4096, 5307, 6144, 7076, 8192, 8845, 10_240)
"""What is tried: whole vCPUs, and the round sizes between."""
GATEWAY_SECONDS: Final = 29.0
"""What a REST API waits for an answer."""
INITIALISATION_MB: Final = 110
"""Of Python, ONNX Runtime and NumPy, read at a start beside the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """Values that were not measured here, or that AWS does not promise."""

    parallel_share: float = 0.9
    """Of a picture's work, what more cores share (Amdahl)."""
    time_factors: Mapping[pricing.Architecture, float] = field(
        default_factory=lambda: MappingProxyType({"x86_64": 1.0, "arm64": 1.5})
    )
    """A core's time for the same work, in terms of a core of the bench's machine. Not measured on Lambda."""
    image_read_mb_per_second: float = 100.0
    """From a container image at a cold start: 43 to 180 were reported."""
    idle_seconds: float = 600.0
    """How long Lambda leaves an environment that has nothing to do; AWS does not say."""
    memory_headroom: float = 1.1
    large_picture_mb: float = 500.0
    """Decoding the largest picture that is let in."""
    sigmas: float = 2.0
    """Environments beyond the average at the peak, in standard deviations of a Poisson arrival."""
    concurrency_limit: int = 1000
    """Of the account and region; a new account has less."""
    logged_bytes: int = 2000
    """A call's lines in the logs of function and gateway."""
    image_base_mb: float = 300.0
    """Of a stored image, what is not its model."""
    gpu_busy: float = 0.7
    """How busy instances are let be at the peak."""

    def sentences(self) -> list[str]:
        """Each of them, for the reader of a plan."""
        factors = " and ".join(f"{factor:g} on {name}" for name, factor in self.time_factors.items())
        core = f"A vCPU of Lambda ({MB_PER_VCPU:,} MB) takes as long as a core of the measured machine, times {factors}"
        read = f"A cold start reads its model at {self.image_read_mb_per_second:g} MB/s"
        memory = f"Memory: the measured peak and {self.large_picture_mb:g} MB for the largest picture"
        return [
            f"{core}. NOT MEASURED on Lambda, and nowhere on arm64: the table above shows what other speeds change.",
            f"{self.parallel_share:.0%} of the work is spread over all cores (Amdahl's law). Not measured either.",
            f"{read}; an environment is discarded after {self.idle_seconds:g} s without a call. AWS promises neither.",
            "The busiest hour has up to four times the average traffic; calls arrive at random (Poisson).",
            f"{memory}, plus {self.memory_headroom - 1:.0%}.",
            f"Concurrency at the peak: Little's law plus {self.sigmas:g} standard deviations.",
            f"{self.logged_bytes:,} bytes of logs a call; no data transfer, firewall, alarm, dashboard or free tier.",
        ]
