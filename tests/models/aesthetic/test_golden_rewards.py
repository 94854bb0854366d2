"""Rewards against the official package's own, at full size: the same generated weights, pictures and prompts.

`make reference` wrote the golden values, in the environment the package was released for.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from functions.aesthetic.manifest import CropPreprocessing
from functions.aesthetic.preprocessing import preprocess
from models.aesthetic import generated
from models.aesthetic.layout import PIXEL_MEAN, PIXEL_STD, PROMPT_LENGTH, published_shapes
from models.aesthetic.reference.prompts import GOLDEN, PICTURES, PROMPTS, pairs
from models.aesthetic.reward_model import RewardModel

SPEC = CropPreprocessing(size=224, mean=PIXEL_MEAN, std=PIXEL_STD)
TOLERANCE = 4e-5
FLOAT64_TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def golden() -> Any:
    return json.loads((GOLDEN / "rewards.json").read_text())


@pytest.fixture(scope="module")
def ids() -> dict[str, tuple[Tensor, Tensor]]:
    """Ids and mask (1, length) of every prompt, as the package's tokenizer gave them."""
    known = {entry["text"]: entry["ids"] for entry in json.loads((GOLDEN / "tokens.json").read_text())["texts"]}
    found = {}
    for prompt in PROMPTS:
        read = [int(number) for number in known[prompt].split()]
        row = torch.tensor([read + [0] * (PROMPT_LENGTH - len(read))])
        found[prompt] = row, (torch.arange(PROMPT_LENGTH) < len(read)).long()[None]
    return found


def pixels(name: str) -> Tensor:
    with Image.open(PICTURES / name) as picture:
        return torch.from_numpy(preprocess(picture, SPEC))


@pytest.fixture(scope="module")
def image_tokens(full_size: RewardModel, golden: Any) -> dict[str, Tensor]:
    with torch.inference_mode():
        return {name: full_size.image_tokens(pixels(name)) for name in golden["pictures"]}


def test_the_generator_still_gives_what_the_package_scored(golden: Any) -> None:
    assert generated.digest(published_shapes()) == golden["generator"]


def test_the_golden_values_are_worth_comparing(golden: Any) -> None:
    assert golden["package"] == "image-reward 1.5"
    assert golden["versions"]["torch"].startswith("1.13")
    assert [(entry["picture"], entry["prompt"]) for entry in golden["scored"]] == pairs(list(golden["pictures"]))
    assert {Path(name).suffix for name in golden["pictures"]} == {".jpg", ".png", ".webp"}
    assert {entry["prompt"] for entry in golden["scored"]} == set(PROMPTS)
    rewards = [entry["reward"] for entry in golden["scored"]]
    assert len(rewards) == 24
    assert max(rewards) - min(rewards) > 1
    for name in golden["pictures"]:  # prompts matter as much as pictures do
        assert np.ptp([entry["reward"] for entry in golden["scored"] if entry["picture"] == name]) > 0.05


def test_rewards_are_the_packages_own(
    full_size: RewardModel, golden: Any, ids: dict[str, tuple[Tensor, Tensor]], image_tokens: dict[str, Tensor]
) -> None:
    with torch.inference_mode():
        found = [full_size(image_tokens[entry["picture"]], *ids[entry["prompt"]]).item() for entry in golden["scored"]]
    np.testing.assert_allclose(found, [entry["reward"] for entry in golden["scored"]], atol=TOLERANCE, rtol=0)


def test_so_is_the_ranking(
    full_size: RewardModel, golden: Any, ids: dict[str, tuple[Tensor, Tensor]], image_tokens: dict[str, Tensor]
) -> None:
    ranking = golden["ranking"]
    with torch.inference_mode():
        found = [full_size(image_tokens[name], *ids[ranking["prompt"]]).item() for name in ranking["pictures"]]
    np.testing.assert_allclose(found, ranking["rewards"], atol=TOLERANCE, rtol=0)
    assert [1 + sum(other > reward for other in found) for reward in found] == ranking["ranks"]


def test_in_float64_they_agree_to_rounding(
    full_size: RewardModel, golden: Any, ids: dict[str, tuple[Tensor, Tensor]]
) -> None:
    """One picture: what is left between the two in float32 is rounding, and no other difference."""
    chosen = [entry for entry in golden["scored"] if "reward_float64" in entry][:1]
    assert len(chosen) == 1
    # There and back in place, which is exact: a second model of this size would take 3.6 GB more.
    model = full_size.double()
    try:
        with torch.inference_mode():
            for entry in chosen:
                tokens = model.image_tokens(pixels(entry["picture"]).double())
                reward = model(tokens, *ids[entry["prompt"]]).item()
                assert reward == pytest.approx(entry["reward_float64"], abs=FLOAT64_TOLERANCE, rel=0)
    finally:
        full_size.float()
