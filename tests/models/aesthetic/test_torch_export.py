"""The torch artifact of ImageReward: the checkpoint's own rewards in fp32, and the gate in bf16."""

from pathlib import Path

import numpy as np
import pytest
import torch

from functions.aesthetic.gpu.reward_model import REWARD_NAME, VISION_NAME, open_model
from functions.aesthetic.model import AestheticModel
from functions.aesthetic.model import open_model as open_onnx_model
from functions.aesthetic.reward_model import TOKENIZER_NAME
from functions.aesthetic.tokens import open_prompt_tokenizer
from functions.common.artifact import ArtifactError
from functions.common.gpu.device import Device
from models.aesthetic.checkpoint import Checkpoint, open_checkpoint
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.torch_export import export_torch
from models.aesthetic.weights import load_reward_model
from models.errors import GateError
from models.gate import SHAPE_ONLY
from models.torch_files import BF16, FP32
from tests.models.aesthetic.generated_checkpoints import PIECES, TINY

PROMPTS = ("a red kite over the sea", "", "cat " * 40)


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A checkpoint whose head is not so steep: random weights pass no gate otherwise."""
    directory = tmp_path_factory.mktemp("flat") / "flat-reward"
    directory.mkdir()
    write_generated_checkpoint(directory, TINY, PIECES, steepness=0.05)
    return open_checkpoint(directory)


@pytest.fixture(scope="module")
def out(flat: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact's folder; not to be written to."""
    directory = tmp_path_factory.mktemp("torch") / "aesthetic"
    export_torch(flat, directory)
    return directory


@pytest.fixture(scope="module")
def checkpoint_model(flat: Checkpoint) -> RewardModel:
    return load_reward_model(flat)


def opened(directory: Path, device: Device = FP32, batch_size: int = 4) -> AestheticModel:
    return open_model(directory, device, batch_size=batch_size, threads=1)


def pixels(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    side = TINY.vision.image
    return np.random.default_rng(8).standard_normal((count, 3, side, side)).astype(np.float32)


def test_it_holds_two_towers_the_tokenizer_and_what_was_measured(out: Path) -> None:
    manifest = opened(out).artifact.manifest
    assert sorted(manifest.files) == sorted([VISION_NAME, REWARD_NAME, TOKENIZER_NAME])
    assert (manifest.engine, manifest.precision, manifest.target) == ("torch", "fp32", "portable")
    assert manifest.gate is not None
    assert manifest.gate.label == SHAPE_ONLY
    assert manifest.gate.graphs[REWARD_NAME].compared == "128 pairs in bf16, on a processor"
    assert 0 < manifest.gate.graphs[REWARD_NAME].figures["max_reward_change"].value <= 0.05


def test_rewards_are_those_of_the_checkpoint(out: Path, checkpoint_model: RewardModel) -> None:
    """Pictures and prompts in batches of 4, the checkpoint's one pair at a time."""
    engine, given = opened(out).engine, pixels(3)
    found = engine.rewards(given, PROMPTS)
    tokenizer = open_prompt_tokenizer(out / TOKENIZER_NAME, opened(out).artifact.manifest.prompt)
    for picture, rewards in zip(given, found, strict=True):
        for prompt, reward in zip(PROMPTS, rewards, strict=True):
            read = tokenizer.encode(prompt)
            with torch.inference_mode():
                tokens = checkpoint_model.image_tokens(torch.from_numpy(picture[None]))
                wanted = checkpoint_model(tokens, torch.from_numpy(read.ids)[None], torch.from_numpy(read.mask)[None])
            assert reward.raw == pytest.approx(wanted.item(), abs=2e-6)
            assert reward.prompt_truncated is read.truncated
    assert [reward.prompt_truncated for reward in found[0]] == [False, False, True]
    assert np.ptp([reward.raw for rewards in found for reward in rewards]) > 1e-3


def test_the_stages_one_after_the_other_give_the_same(out: Path) -> None:
    engine, given = opened(out).engine, pixels(1)
    alone = engine.reward(engine.image_tokens(given), PROMPTS[0])
    assert alone.raw == pytest.approx(engine.rewards(given, PROMPTS[:1])[0][0].raw, abs=1e-6)


def test_a_model_too_coarse_in_bf16_is_not_written(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(GateError, match=r"^the model in bf16 is too far from fp32: max reward change"):
        export_torch(checkpoint, tmp_path / "steep")
    assert list(tmp_path.iterdir()) == []


def test_weights_of_one_engine_are_not_opened_by_the_other(out: Path, fp32_export: tuple[Path, object]) -> None:
    with pytest.raises(ArtifactError, match="exported for torch, this is onnxruntime"):
        open_onnx_model(out, 1)
    with pytest.raises(ArtifactError, match="exported for onnxruntime, this is torch"):
        opened(fp32_export[0])


def test_what_is_there_is_not_written_again(flat: Checkpoint, out: Path) -> None:
    assert export_torch(flat, out).parity is None


def test_bf16_keeps_its_head_in_fp32(out: Path) -> None:
    exact, half = (opened(out, device).engine for device in (FP32, BF16))
    given = pixels(2)
    changes = [
        abs(one.raw - other.raw)
        for some, others in zip(exact.rewards(given, PROMPTS), half.rewards(given, PROMPTS), strict=True)
        for one, other in zip(some, others, strict=True)
    ]
    assert 0 < max(changes) <= 0.05
