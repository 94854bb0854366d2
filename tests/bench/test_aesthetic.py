"""A whole run over a tiny generated checkpoint, and what its figures come to. No timing counts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench import aesthetic_report
from bench.aesthetic import engine_specs
from bench.aesthetic_targets import RewardResult, each, fastest_peer, targets
from bench.cli import main
from bench.engine_process import Start
from bench.engines.image_reward import OfficialEngine
from bench.engines.reward_questions import PROMPTS, Questions
from bench.photographs import photograph
from bench.reference_environment import ReferenceEnvironment, find_environment
from bench.results import EngineResult
from bench.timings import Timings
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from tests.models.aesthetic.generated_checkpoints import PIECES, TINY

MEASURED = ["imajin", "service", "torch-fp32"]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Without the starts, which the other bench's run has; image-reward builds the published size only."""
    folder = tmp_path_factory.mktemp("bench")
    checkpoint = folder / "tiny-reward"
    checkpoint.mkdir()
    write_generated_checkpoint(checkpoint, TINY, PIECES, steepness=0.05)
    arguments = ["aesthetic", "--checkpoint", str(checkpoint), "--threads", "1", "--repeats", "2", "--starts", "0"]
    arguments += ["--engines", *MEASURED, "int8-floor", "image-reward", "--requests", "1"]
    assert main([*arguments, "--cache", str(folder / "cache"), "--out", str(folder / "out")]) == 0
    (written,) = (folder / "out").glob("*-aesthetic.json")
    (picture,) = (folder / "out").glob("*-aesthetic.svg")
    assert picture.read_text().count("<rect") == 1 + 2 * len(MEASURED)
    content: dict[str, Any] = json.loads(written.read_text())
    return content


def test_every_engine_answers_every_question(record: dict[str, Any]) -> None:
    assert list(record["engines"]) == MEASURED
    for engine in record["engines"].values():
        for measured in ("seconds", "candidate_seconds", "prompt_seconds"):
            assert len(engine[measured]["all"]) == 2
        assert engine["peak_mb"] > 20


def test_engines_give_the_same_rewards(record: dict[str, Any]) -> None:
    changes = {key: engine["reward_change"] for key, engine in record["engines"].items()}
    assert changes["torch-fp32"] == 0
    assert 0 < changes["imajin"] < 0.05
    # By way of a request's JPEG, but through the same graphs.
    assert changes["service"] == pytest.approx(changes["imajin"], abs=1e-6)


def test_the_rest_of_the_record(record: dict[str, Any]) -> None:
    assert record["model"]["weights"] == "random"
    assert record["model"]["shape"] == (
        {"image": 48, "image_tokens": 10, "image_width": 128, "text_layers": 3, "text_width": 48}
    )
    assert record["model"]["artifact_of_checkpoint"]
    assert record["engines"]["imajin"]["title"] == "imajin int8"
    assert len(record["overhead"]["outside"]["all"]) == 3
    assert {"decode", "preprocess", "inference"} <= record["overhead"]["stages_ms"].keys()
    # 9 patches are a convolution; 10 tokens in 2 layers; 35 words and 10 tokens in 3. The head is no matrix product.
    image = 2 * 2 * 10 * (4 * 128 * 128 + 2 * 128 * 192)
    text = 3 * 2 * (35 * (6 * 48 * 48 + 2 * 48 * 96) + 10 * 2 * 128 * 48)
    assert record["floor"]["gigaops"] * 1e9 == pytest.approx(image + text)
    assert record["official"] is None
    assert [target["unit"] for target in record["targets"]] == ["x"] * 4 + ["MB"] * 2
    assert any("meant for the published shape" in warning for warning in record["warnings"])


def result(key: str, seconds: float, candidate: float, *, start: float, peak_mb: float = 700.0) -> RewardResult:
    starts = (Start(start, 0.1, 0.2, 0.3, read_mb=100.0, model_read_mb=80.0),)
    engine = EngineResult(key, key, Timings((seconds, 2 * seconds)), peak_mb, None, starts, starts)
    return RewardResult(engine, Timings((candidate,)), Timings((0.01,)), 0.0)


def results() -> dict[str, RewardResult]:
    """torch is the faster one for a picture, the official package for ten, and it starts sooner."""
    found = [
        result("imajin", 0.3, 0.25, start=2.0, peak_mb=901.0),
        result("image-reward", 1.0, 0.7, start=5.0),
        result("torch-fp32", 0.9, 0.8, start=8.0),
        result("torch-bf16", 0.1, 0.1, start=1.0),
    ]
    return {one.engine.key: one for one in found}


def test_the_faster_peer_counts_question_by_question() -> None:
    found = targets(results())
    figures = {target.name: (round(target.typical, 3), target.verdict) for target in found}
    assert figures == {
        "a candidate of ten, model, times faster than the faster peer": (2.8, "yes"),
        "one picture, one prompt, model, times faster than the faster peer": (3.0, "yes"),
        "cold start, model, part of the faster peer's": (0.4, "no"),
        "warm start, model, part of the faster peer's": (0.4, "no"),
        "peak memory, model": (901.0, "no"),
    }


def test_without_peers_only_memory_is_left() -> None:
    alone = {"imajin": results()["imajin"]}
    assert fastest_peer(alone, lambda one: one.candidates) is None
    assert [target.name for target in targets(alone)] == ["peak memory, model"]


def test_seconds_of_answers_with_several_rewards() -> None:
    assert each([{"seconds": 5.0, "rewards": [0.0] * 10}, {"seconds": 1.0, "rewards": [0.0] * 4}]).seconds == (
        0.5,
        0.25,
    )


def test_the_table_compares_candidates_with_the_faster_peer() -> None:
    lines = aesthetic_report.reward_table(list(results().values())).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert cells[0] == (
        ["imajin", "0.300", "0.450", "0.250", "2.80 x", "0.0100", "2.00", "2.00", "100", "80", "901", "0"]
    )
    assert [row[4] for row in cells] == ["2.80 x", "1.00 x", "0.87 x", "7.00 x"]


class Official:
    """Answers as the package's model does."""

    def score(self, prompt: str, picture: Image.Image) -> float:
        return len(prompt) + float(np.asarray(picture)[0, 0, 0]) / 1000

    def inference_rank(self, prompt: str, pictures: list[Image.Image]) -> tuple[list[int], list[float]]:
        return [1] * len(pictures), [self.score(prompt, picture) for picture in pictures]


def test_the_official_package_is_asked_the_same(tmp_path: Path) -> None:
    for number in range(3):
        Image.new("RGB", (8, 8), (50 * number, 0, 0)).save(tmp_path / f"{number}.jpg")
    engine = OfficialEngine(Official(), Questions(tmp_path))
    first = len(PROMPTS[0])
    assert [round(reward, 3) for reward in engine.run()["rewards"]] == [first]
    assert [reward - first for reward in engine.commands()["candidates"]()["rewards"]] == (
        pytest.approx([0, 0.05, 0.1], abs=0.002)
    )
    assert [round(reward) for reward in engine.commands()["prompts"]()["rewards"]] == [len(one) for one in PROMPTS]


def test_the_reference_environment_gets_a_blas_with_threads(tmp_path: Path) -> None:
    python = tmp_path / "python"
    assert find_environment(python, tmp_path) is None
    python.touch()
    assert find_environment(python, tmp_path) == ReferenceEnvironment(python, "the system's")
    for name in ("openblas-serial", "openblas-pthread", "openblas-openmp"):
        (tmp_path / "some-architecture" / name).mkdir(parents=True)
    found = find_environment(python, tmp_path)
    assert found is not None
    assert (found.blas, found.variables) == (
        ("openblas-openmp", {"LD_LIBRARY_PATH": str(tmp_path / "some-architecture" / "openblas-openmp")})
    )


@pytest.mark.parametrize("published", [True, False])
def test_the_official_package_is_measured_where_it_can_be(tmp_path: Path, published: bool) -> None:
    prepared: dict[str, Any] = dict.fromkeys(
        ("artifact", "checkpoint", "fp32", "pictures", "weights", "text_config", "official_home"), str(tmp_path)
    )
    prepared |= {"events": {}, "graphs": [], "model": {"precision": "int8", "published_shape": published}}
    environment = ReferenceEnvironment(tmp_path / "python", "openblas-openmp", {"LD_LIBRARY_PATH": "there"})
    specs = {spec.key: spec for spec in engine_specs(prepared, environment)}
    assert ("image-reward" in specs) is published
    assert "image-reward" not in {spec.key for spec in engine_specs(prepared, None)}
    if published:
        assert specs["image-reward"].python == tmp_path / "python"
        assert specs["image-reward"].environment == {"LD_LIBRARY_PATH": "there"}


def test_photographs_differ_and_ten_of_them_fit_a_request() -> None:
    first, again, second = photograph(64), photograph(64), photograph(64, 1)
    assert first == again != second
    assert 10 * len(photograph(1024, 9)) * 4 / 3 < 6_000_000
