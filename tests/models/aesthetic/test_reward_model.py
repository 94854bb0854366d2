"""What ImageReward's configuration files do not say, and what a model of the same shapes gets wrong unnoticed."""

import copy
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.aesthetic.layout import PROMPT_LENGTH, REWARD_MEAN, REWARD_STD
from models.aesthetic.reward_model import RewardModel, fold_head
from tests.models.aesthetic.generated_checkpoints import TINY

SIZE = TINY.vision.image


@pytest.fixture(scope="module")
def asked() -> tuple[Tensor, Tensor, Tensor]:
    """Pixels, ids and mask of two pairs; the prompts have 9 and 20 tokens."""
    generator = torch.Generator().manual_seed(4)
    pixels = torch.randn(2, 3, SIZE, SIZE, generator=generator)
    ids = torch.randint(5, TINY.text.vocabulary, (2, PROMPT_LENGTH), generator=generator)
    ids[:, 0] = 1
    mask = (torch.arange(PROMPT_LENGTH) < torch.tensor([[9], [20]])).long()
    return pixels, ids, mask


@torch.inference_mode()
def rewards(model: RewardModel, asked: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    pixels, ids, mask = asked
    found: Tensor = model(model.image_tokens(pixels), ids, mask)
    return found


def test_the_published_sizes(full_size: RewardModel) -> None:
    vision: Any = full_size.vision.config
    text: Any = full_size.text.config
    assert (vision.hidden_size, vision.num_hidden_layers, vision.num_attention_heads) == (1024, 24, 16)
    assert (vision.intermediate_size, vision.image_size, vision.patch_size) == (4096, 224, 16)
    assert (text.hidden_size, text.num_hidden_layers, text.num_attention_heads) == (768, 12, 12)
    assert (text.intermediate_size, text.encoder_hidden_size, text.vocab_size) == (3072, 1024, 30_524)
    assert text.max_position_embeddings == 512
    shapes = [tuple(layer.weight.shape) for layer in full_size.head if isinstance(layer, nn.Linear)]
    assert shapes == [(1024, 768), (128, 1024), (64, 128), (16, 64), (1, 16)]
    assert (REWARD_MEAN, REWARD_STD) == (0.16717362830052426, 1.0333394966054072)


def test_the_epsilons_of_the_norms(full_size: RewardModel) -> None:
    found = {
        name: [part.eps for part in tower.modules() if isinstance(part, nn.LayerNorm)]
        for name, tower in (("vision", full_size.vision), ("text", full_size.text))
    }
    assert found == {"vision": [1e-6] * 49, "text": [1e-12] * 37}


def test_gelu_is_exact(full_size: RewardModel) -> None:
    values = torch.linspace(-4, 4, 101, dtype=torch.float64)
    exact = values / 2 * (1 + torch.erf(values / math.sqrt(2)))
    vision: Any = full_size.vision
    text: Any = full_size.text
    activations = [layer.mlp.activation_fn for layer in vision.encoder.layers]
    activations += [layer.intermediate.intermediate_act_fn for layer in text.encoder.layer]
    assert len(activations) == 36
    for activation in activations:
        torch.testing.assert_close(activation(values), exact, atol=1e-14, rtol=0)


def test_every_text_layer_attends_to_the_picture_and_nothing_is_pooled(full_size: RewardModel) -> None:
    text: Any = full_size.text
    assert text.config.is_decoder is True
    assert [tuple(layer.crossattention.self.key.weight.shape) for layer in text.encoder.layer] == [(768, 1024)] * 12
    assert text.pooler is None
    assert not any(isinstance(part, nn.Dropout) and part.p for part in full_size.modules())
    assert not full_size.training


def test_image_tokens_went_through_the_last_norm_once(tiny: RewardModel, asked: tuple[Tensor, Tensor, Tensor]) -> None:
    norm: Any = tiny.vision.get_submodule("post_layernorm")
    with torch.inference_mode():
        tokens = tiny.image_tokens(asked[0])
    assert tokens.shape == (2, TINY.vision.tokens, TINY.vision.width)
    plain = (tokens - norm.bias) / norm.weight
    torch.testing.assert_close(plain.mean(-1), torch.zeros(2, 10), atol=1e-5, rtol=0)
    torch.testing.assert_close(plain.var(-1, unbiased=False), torch.ones(2, 10), atol=1e-3, rtol=0)


def test_padding_is_masked(tiny: RewardModel, asked: tuple[Tensor, Tensor, Tensor]) -> None:
    pixels, ids, mask = asked
    other = torch.where(mask == 1, ids, 7)
    torch.testing.assert_close(rewards(tiny, (pixels, other, mask)), rewards(tiny, asked), atol=1e-6, rtol=0)
    unmasked = rewards(tiny, (pixels, ids, torch.ones_like(mask)))
    assert (unmasked - rewards(tiny, asked)).abs().min() > 1e-3


def test_the_first_token_sees_those_behind_it(tiny: RewardModel, asked: tuple[Tensor, Tensor, Tensor]) -> None:
    pixels, ids, mask = asked
    other = ids.clone()
    other[:, 5] = 6
    assert (rewards(tiny, (pixels, other, mask)) - rewards(tiny, asked)).abs().min() > 1e-3


def test_the_reward_is_read_off_the_first_token(tiny: RewardModel, asked: tuple[Tensor, Tensor, Tensor]) -> None:
    seen: list[Tensor] = []
    handle = tiny.text.register_forward_hook(lambda _module, _inputs, output: seen.append(output.last_hidden_state))
    found = rewards(tiny, asked)
    handle.remove()
    scaled = (tiny.head(seen[0][:, 0]).squeeze(-1) - REWARD_MEAN) / REWARD_STD
    torch.testing.assert_close(found, scaled, atol=0, rtol=0)
    assert (tiny.head(seen[0][:, 1]).squeeze(-1) - tiny.head(seen[0][:, 0]).squeeze(-1)).abs().min() > 1e-3


def test_the_head_folds_into_one_affine_map(full_size: RewardModel) -> None:
    hidden = torch.randn(50, 768, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    layer_by_layer = copy.deepcopy(full_size.head).double()(hidden).squeeze(-1)
    folded = fold_head(full_size.head)
    assert folded.weight.shape == (768,)
    torch.testing.assert_close(
        hidden @ folded.weight + folded.bias, (layer_by_layer - REWARD_MEAN) / REWARD_STD, atol=1e-12, rtol=0
    )
