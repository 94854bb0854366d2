"""A reward model's artifact says the same on the processors Lambda has: AVX2 alone, and Graviton2, both emulated.

As in test_portability: integer products are exact, and what is left is float32 arithmetic in another order.
"""

import os
from pathlib import Path

import pytest

from emulation.commands import run_command
from emulation.foreign_processor import HASWELL, NEOVERSE_N1, Processor, unpacked_image
from emulation.function_image import build_function_image, default_artifacts
from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.aesthetic.manifest import read_manifest
from functions.aesthetic.tie_margin import tie_margin
from functions.common.deployment import demo_artifact
from tests.system.artifact_rewards import Rewards, parse, rewards

pytestmark = pytest.mark.system

PORTABLE = demo_artifact("aesthetic")
PICTURES = sorted(
    path for path in (REPOSITORY_ROOT / "models/pictures/files").iterdir() if path.suffix in {".jpg", ".png", ".webp"}
)[::8]


@pytest.fixture(scope="module")
def here() -> dict[str, Rewards]:
    """The rewards on this machine's own processor."""
    return rewards(PORTABLE, PICTURES)


@pytest.mark.parametrize("processor", [HASWELL, NEOVERSE_N1], ids=["avx2", "graviton2"])
def test_what_moves_a_reward_is_less_than_what_ties_two(processor: Processor, here: dict[str, Rewards]) -> None:
    image = build_function_image("aesthetic", default_artifacts("aesthetic"), architecture=processor.architecture)
    with unpacked_image(image, processor.architecture) as root:
        task_root = root / "var/task"
        environment = {
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join([str(task_root), str(REPOSITORY_ROOT)]),
            "LANG": "C.UTF-8",
            "ORT_DISABLE_TELEMETRY": "1",
        }
        command: list[str | Path] = [
            *processor.python(root),
            "-P",
            "-m",
            "tests.system.artifact_rewards",
            "--artifact",
            PORTABLE,
        ]
        there = parse(run_command(*command, *PICTURES, environment=environment))
    assert there.keys() == here.keys() == {picture.name for picture in PICTURES}
    margin = tie_margin(read_manifest(PORTABLE)[0])
    changes = []
    for name, one in here.items():
        assert there[name].pixels_sha256 == one.pixels_sha256
        changes += [abs(a - b) for a, b in zip(one.rewards, there[name].rewards, strict=True)]
    assert max(changes) <= margin
