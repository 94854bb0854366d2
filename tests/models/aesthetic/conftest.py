"""ImageReward at full size with generated weights, held in memory once; and a tiny checkpoint on disk."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.aesthetic.checkpoint import Checkpoint, open_checkpoint
from models.aesthetic.export import Export, export_aesthetic
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from models.aesthetic.layout import Sizes
from models.aesthetic.reward_model import RewardModel
from models.aesthetic.weights import assemble, load_reward_model
from tests.models.aesthetic.generated_checkpoints import PIECES, TINY, tensors
from tests.models.traced_graphs import TracedGraphs


@pytest.fixture(scope="session")
def full_size() -> RewardModel:
    """The model whose rewards the official package gave; its 1.8 GB go straight into it."""
    return assemble(Sizes(), tensors(Sizes()))


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in the published layout, with a vocabulary of its own in other places than BERT's."""
    directory = tmp_path_factory.mktemp("hub") / "tiny-reward"
    directory.mkdir()
    write_generated_checkpoint(directory, TINY, PIECES)
    return directory


@pytest.fixture
def copied(published: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint, to be spoilt."""
    return shutil.copytree(published, tmp_path / "tiny-reward")


@pytest.fixture
def spoil(copied: Path) -> Callable[[Callable[[dict[str, torch.Tensor]], object]], Checkpoint]:
    """Change the tensors of that copy, and open it."""

    def change(edit: Callable[[dict[str, torch.Tensor]], object]) -> Checkpoint:
        content = torch.load(copied / "ImageReward.pt", weights_only=True)
        edit(content)
        torch.save(content, copied / "ImageReward.pt")
        return open_checkpoint(copied)

    return change


@pytest.fixture(scope="session")
def checkpoint(published: Path) -> Checkpoint:
    return open_checkpoint(published)


@pytest.fixture(scope="session")
def tiny(checkpoint: Checkpoint) -> RewardModel:
    return load_reward_model(checkpoint)


@pytest.fixture(scope="session")
def fp32_export(
    checkpoint: Checkpoint, traced: TracedGraphs, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Export]:
    """The folder of the fp32 artifact, and what its export returned."""
    out = tmp_path_factory.mktemp("fp32") / "aesthetic"
    with traced.once():
        return out, export_aesthetic(checkpoint, out, precision="fp32")


@pytest.fixture(scope="session")
def int8_export(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Export]:
    """The same of an int8 artifact, from a head that is not so steep: random weights pass no gate otherwise."""
    directory = tmp_path_factory.mktemp("flat") / "flat-reward"
    directory.mkdir()
    write_generated_checkpoint(directory, TINY, PIECES, steepness=0.05)
    out = tmp_path_factory.mktemp("int8") / "aesthetic"
    return out, export_aesthetic(open_checkpoint(directory), out)
