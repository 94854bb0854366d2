"""An artifact's scores are the same on the processors Lambda has: AVX2 alone, and Graviton2, both emulated.

Integer products are exact, or they saturate. What is left is float32 arithmetic in another order, which for one picture
in eight rounds an activation to another of its 256 levels. Measured against an AMD EPYC with VNNI on 52 pictures, the
demo model being narrow and so more easily moved than a large one: logits changed by up to 0.20 (95th percentile 0.03),
cosine 0.99997; under saturation by up to 2.1 (1.0), cosine 0.993, and every picture's changed.
"""

import operator
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from emulation.architectures import Architecture, local_architecture
from emulation.commands import run_command
from emulation.execution_environment import ExecutionEnvironment
from emulation.foreign_processor import HASWELL, NEOVERSE_N1, Processor, unpacked_image
from emulation.function_image import build_function_image, default_artifacts
from emulation.runtime_emulator import CACHE, REPOSITORY_ROOT
from tests.system.answers import http_answer
from tests.system.artifact_answers import Answer, answers, parse
from tests.system.subjects import SEMANTIC

pytestmark = pytest.mark.system

DEMO = REPOSITORY_ROOT / "models" / "demo" / "semantic"
PORTABLE = DEMO / "artifact"
# A sixth of what the precision gate looks at: more would take minutes.
PICTURES = sorted(
    path for path in (REPOSITORY_ROOT / "models/pictures/files").iterdir() if path.suffix in {".jpg", ".png", ".webp"}
)[::6]
EMULATED_SECONDS = 300

# Below what int8 itself may change (the gate's 0.5 and 0.2), and no decision at all but close to its threshold.
MAX_LOGIT_LIMIT = 0.3
P95_LOGIT_LIMIT = 0.15
COSINE_LIMIT = 0.9998
THRESHOLDS = (0.25, 0.50)
THRESHOLD_MARGIN = 0.05


@dataclass(frozen=True)
class Difference:
    """Of one processor's answers from another's, over all pictures, filters and labels."""

    min_cosine: float
    max_logit: float
    p95_logit: float
    flips: tuple[str, ...]
    """Decisions that changed although the confidence was not near the threshold."""

    @property
    def is_small(self) -> bool:
        return (
            self.min_cosine >= COSINE_LIMIT
            and self.max_logit <= MAX_LOGIT_LIMIT
            and self.p95_logit <= P95_LOGIT_LIMIT
            and not self.flips
        )


@dataclass(frozen=True)
class Emulated:
    """An image on a processor, and what it answered there for the portable artifact and for the full-range one."""

    processor: Processor
    root: Path
    portable: dict[str, Answer]
    full_range: dict[str, Answer]


@pytest.fixture(scope="module")
def here() -> dict[str, Answer]:
    """The portable artifact's answers on this machine's own processor."""
    return answers(PORTABLE, PICTURES)


@pytest.fixture(scope="module")
def full_range() -> Path:
    """The same checkpoint exported for arm64 alone. Kept: the exporter leaves alone what is there and intact."""
    out = CACHE / "demo-semantic-arm64"
    command = [sys.executable, "-m", "models", "export", "semantic", "--target", "arm64"]
    run_command(*command, "--checkpoint", DEMO / "checkpoint", "--out", out)
    return out


@pytest.fixture(scope="module")
def avx2(full_range: Path) -> Iterator[Emulated]:
    with unpacked_image(built(Architecture.AMD64), Architecture.AMD64) as root:
        yield emulate(HASWELL, root, full_range)


@pytest.fixture(scope="module")
def graviton2(full_range: Path) -> Iterator[Emulated]:
    with unpacked_image(built(Architecture.ARM64), Architecture.ARM64) as root:
        yield emulate(NEOVERSE_N1, root, full_range)


@pytest.mark.parametrize("name", ["avx2", "graviton2"])
def test_a_portable_artifact_answers_alike_everywhere(
    name: str, here: dict[str, Answer], request: pytest.FixtureRequest
) -> None:
    emulated: Emulated = request.getfixturevalue(name)
    found = difference(here, emulated.portable)
    assert found.is_small, found


def test_the_full_range_saturates_on_avx2(avx2: Emulated, graviton2: Emulated) -> None:
    found = difference(graviton2.full_range, avx2.full_range)
    assert found.p95_logit > 3 * P95_LOGIT_LIMIT
    assert not found.is_small


def test_the_full_range_answers_alike_where_nothing_saturates(graviton2: Emulated, full_range: Path) -> None:
    found = difference(answers(full_range, PICTURES), graviton2.full_range)
    assert found.is_small is not saturates_here(), found


def test_the_arm64_image_answers_an_event(graviton2: Emulated, here: dict[str, Answer]) -> None:
    task_root = graviton2.root / "var/task"
    environment = {**variables(task_root), "SEMANTIC_ARTIFACTS": str(PORTABLE)}
    with ExecutionEnvironment(
        SEMANTIC.handler,
        environment,
        task_root=task_root,
        python=graviton2.processor.python(graviton2.root),
        timeout_seconds=EMULATED_SECONDS,
    ) as function:
        answer = http_answer(function.invoke(SEMANTIC.event("rest_json", PICTURES[0].read_bytes())))
    assert answer.status == 200
    logits = {score["filter"]: score["logit"] for score in answer.body["attributes"]}
    assert logits
    expected = here[PICTURES[0].name].logits
    assert logits == pytest.approx({name: expected[name] for name in logits}, abs=MAX_LOGIT_LIMIT)


def saturates_here() -> bool:
    """Whether this machine multiplies u8 by s8 into 16 bits: x86 without VNNI does."""
    if local_architecture() is Architecture.ARM64:
        return False
    return not {"avx512_vnni", "avx_vnni"} & set(Path("/proc/cpuinfo").read_text().split())


def built(architecture: Architecture) -> str:
    return build_function_image("semantic", default_artifacts("semantic"), architecture=architecture)


def variables(task_root: Path) -> dict[str, str]:
    """What an image's Python needs to find the image's packages and code; the tests come from the repository."""
    path = os.pathsep.join([str(task_root), str(REPOSITORY_ROOT)])
    return {"PATH": os.defpath, "PYTHONPATH": path, "LANG": "C.UTF-8", "ORT_DISABLE_TELEMETRY": "1"}


def emulate(processor: Processor, root: Path, full_range: Path) -> Emulated:
    command = [*processor.python(root), "-P", "-m", "tests.system.artifact_answers"]
    command += ["--artifact", str(PORTABLE), "--artifact", str(full_range), *map(str, PICTURES)]
    portable, other = parse(run_command(*command, environment=variables(root / "var/task")))
    return Emulated(processor, root, portable, other)


def difference(first: Mapping[str, Answer], second: Mapping[str, Answer]) -> Difference:
    """How far the answers of two processors are apart, which were given the same pixels."""
    assert first.keys() == second.keys() == {picture.name for picture in PICTURES}
    pairs = [(first[name], second[name]) for name in sorted(first)]
    assert all(one.pixels_sha256 == other.pixels_sha256 for one, other in pairs)
    assert all(one.logits.keys() == other.logits.keys() and one.logits for one, other in pairs)
    changes = [abs(one.logits[name] - other.logits[name]) for one, other in pairs for name in one.logits]
    return Difference(
        min_cosine=min(sum(map(operator.mul, one.embedding, other.embedding)) for one, other in pairs),
        max_logit=max(changes),
        p95_logit=float(np.percentile(changes, 95)),
        flips=tuple(
            name
            for one, other in pairs
            for name, confidence in one.confidences.items()
            for threshold in THRESHOLDS
            if (confidence >= threshold) is not (other.confidences[name] >= threshold)
            and abs(confidence - threshold) > THRESHOLD_MARGIN
        ),
    )
