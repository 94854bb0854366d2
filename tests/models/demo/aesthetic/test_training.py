"""The training program, from drawing to a score by the service's engine; a few steps, so it learns nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import taxonomy
from functions.aesthetic.model import open_model
from functions.aesthetic.tokens import open_prompt_tokenizer
from models.aesthetic.checkpoint import open_checkpoint
from models.aesthetic.export import export_aesthetic
from models.aesthetic.layout import IGNORED, published_shapes
from models.aesthetic.tokenization import describe_prompt, write_tokenizer
from models.aesthetic.weights import load_reward_model
from models.demo.aesthetic.architecture import sizes
from models.demo.aesthetic.batches import encode
from models.demo.aesthetic.comparisons import held_out_pairs, reference_rewards
from models.demo.aesthetic.judging import artifact_judge, torch_judge
from models.demo.aesthetic.pictures import SIDE, wide
from models.demo.aesthetic.program import FAST, RECORD, run
from models.demo.aesthetic.prompts import PromptSampler
from models.demo.aesthetic.vocabulary import pieces
from models.demo.world.draw import draw
from models.demo.world.sampling import sample_scene


def test_the_checkpoint_is_of_the_published_layout_small_and_in_half_precision(trained: Path) -> None:
    tensors = torch.load(trained / "ImageReward.pt", weights_only=True)
    shapes = published_shapes(sizes(len(pieces(taxonomy.load())) + 2))
    assert {name: tuple(tensor.shape) for name, tensor in tensors.items()} == {
        name: shape for name, shape in shapes.items() if name not in IGNORED
    }
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert sum(path.stat().st_size for path in trained.iterdir()) < 2_600_000


def test_the_loader_takes_it_for_the_demo_model(trained: Path) -> None:
    checkpoint = open_checkpoint(trained)
    model = load_reward_model(checkpoint)
    assert (checkpoint.identity.id, checkpoint.identity.demo) == ("imajin-demo-aesthetic", True)
    assert model.image_tokens(torch.zeros(1, 3, SIDE, SIDE)).shape == (1, 65, 128)


def test_training_reads_prompts_as_the_service_does(trained: Path, tmp_path: Path) -> None:
    checkpoint = open_checkpoint(trained)
    write_tokenizer(checkpoint, tmp_path / "tokenizer.json")
    tokenizer = open_prompt_tokenizer(tmp_path / "tokenizer.json", describe_prompt(checkpoint))
    ids = {piece: number for number, piece in enumerate(checkpoint.pieces)}
    sampler, rng = PromptSampler(taxonomy.load()), np.random.default_rng(0)
    prompts = [sampler.sample(sample_scene(rng).filters, rng) for _ in range(300)]
    words = encode(prompts, ids)
    for row, prompt in enumerate(prompts):
        read = tokenizer.encode(prompt.text)
        assert not read.truncated
        assert words.ids[row].tolist() == read.ids[: words.ids.shape[1]].tolist()
        assert words.mask[row].tolist() == read.mask[: words.mask.shape[1]].tolist()


def test_the_scale_and_the_distribution_are_those_of_held_out_pictures(trained: Path) -> None:
    rewards = reference_rewards(torch_judge(trained), held_out_pairs(FAST.reference, taxonomy.load()))
    assert rewards.mean() == pytest.approx(0, abs=0.05)
    assert rewards.std() == pytest.approx(1, abs=0.05)
    card = open_checkpoint(trained).card
    assert card is not None
    assert card.distribution is not None
    wanted = np.quantile(rewards[:, 0], np.linspace(0, 1, len(card.distribution.quantiles)))
    assert card.distribution.quantiles == pytest.approx(wanted, abs=0.05)


def test_it_is_exported_and_scored_by_the_services_engine(trained: Path, tmp_path: Path) -> None:
    done = export_aesthetic(open_checkpoint(trained), tmp_path / "artifact", precision="fp32")
    assert done.manifest.model.demo
    assert done.manifest.preprocessing.size == SIDE
    card = open_checkpoint(trained).card
    assert card is not None
    assert done.manifest.distribution == card.distribution
    assert open_model(tmp_path / "artifact", 1).artifact.digest == done.digest
    image = draw(wide(sample_scene(np.random.default_rng(1))), 200)
    prompts = ["an anime drawing of a woman with pink hair", "a beach, sunglasses", ""]
    wanted = torch_judge(trained)(image, prompts)
    assert artifact_judge(tmp_path / "artifact", 1)(image, prompts) == pytest.approx(wanted, abs=1e-3)
    assert np.ptp(wanted) > 1e-2


def test_the_record_says_how_it_was_made(trained: Path) -> None:
    record = json.loads((trained / RECORD).read_bytes())
    assert (record["seed"], record["steps"], record["pictures"]) == (FAST.seed, FAST.steps, 2 * FAST.scenes)
    assert 700_000 < record["vision_parameters"] < 1_000_000
    assert 300_000 < record["text_parameters"] < 600_000


def test_the_same_seed_trains_the_same_weights(trained: Path, cache: Path, tmp_path: Path) -> None:
    run(FAST, tmp_path / "again", cache)
    first, second = (torch.load(path / "ImageReward.pt", weights_only=True) for path in (trained, tmp_path / "again"))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
