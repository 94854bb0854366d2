"""ImageReward on transformers' BLIP towers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BlipTextConfig, BlipTextModel, BlipVisionConfig, BlipVisionModel

from models.aesthetic.layout import HEAD_LAYERS, REWARD_MEAN, REWARD_STD, Sizes, TextSizes, VisionSizes

VISION_NORM_EPSILON = 1e-6
"""Of the package's image encoder; transformers' default is another."""


class RewardModel(nn.Module):
    """Image tokens, once a picture; then a reward a prompt, read off [CLS] after cross-attention to them."""

    def __init__(self, sizes: Sizes, text_norm_epsilon: float = 1e-12) -> None:
        super().__init__()
        self.sizes = sizes
        vision: Any = BlipVisionModel(vision_config(sizes.vision))
        text: Any = BlipTextModel(
            text_config(sizes.text, sizes.vision.width, text_norm_epsilon), add_pooling_layer=False
        )
        self.vision: nn.Module = vision
        self.text: nn.Module = text
        self.head = reward_head(sizes)

    def image_tokens(self, pixels: Tensor) -> Tensor:
        """(batch, 3, height, width), preprocessed -> (batch, tokens, width).

        The pooler's output would be of no use: it has gone through the last norm twice.
        """
        tokens: Tensor = self.vision(pixel_values=pixels).last_hidden_state
        return tokens

    def forward(self, tokens: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """Image tokens (batch, tokens, width), token ids and mask (batch, length) -> rewards (batch,)."""
        hidden: Tensor = self.text(
            input_ids=ids,
            attention_mask=mask,
            encoder_hidden_states=tokens,
            encoder_attention_mask=torch.ones(tokens.shape[:-1], dtype=torch.long),
            # The configuration says decoder to get cross-attention; the mask must still not be causal.
            is_decoder=False,
        ).last_hidden_state
        scores: Tensor = self.head(hidden[:, 0]).squeeze(-1)
        return (scores - REWARD_MEAN) / REWARD_STD


def vision_config(sizes: VisionSizes) -> BlipVisionConfig:
    """The image encoder's configuration, nothing left to defaults."""
    return BlipVisionConfig(
        hidden_size=sizes.width,
        intermediate_size=sizes.mlp,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        image_size=sizes.image,
        patch_size=sizes.patch,
        hidden_act="gelu",
        layer_norm_eps=VISION_NORM_EPSILON,
        attention_dropout=0.0,
    )


def text_config(sizes: TextSizes, image_width: int, norm_epsilon: float) -> BlipTextConfig:
    """The text encoder's configuration, nothing left to defaults."""
    return BlipTextConfig(
        vocab_size=sizes.vocabulary,
        hidden_size=sizes.width,
        encoder_hidden_size=image_width,
        intermediate_size=sizes.mlp,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        max_position_embeddings=sizes.positions,
        hidden_act="gelu",
        layer_norm_eps=norm_epsilon,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        is_decoder=True,
        use_cache=False,
        pad_token_id=0,
        # Of no use here, and by default beyond the end of a small vocabulary.
        bos_token_id=None,
        eos_token_id=None,
        sep_token_id=None,
    )


def reward_head(sizes: Sizes) -> nn.Sequential:
    """Linear layers with nothing between them: where the package has dropout, there is no activation."""
    widths = (sizes.text.width, *sizes.head)
    layers: list[nn.Module] = [nn.Identity() for _ in range(HEAD_LAYERS[-1] + 1)]
    for number, (inputs, outputs) in zip(HEAD_LAYERS, pairwise(widths), strict=True):
        layers[number] = nn.Linear(inputs, outputs)
    return nn.Sequential(*layers)


@dataclass(frozen=True, slots=True)
class FoldedHead:
    """The head and the reward's scale as one affine map: reward = weight . hidden + bias."""

    weight: Tensor  # (width,), float64
    bias: float


def fold_head(head: nn.Sequential) -> FoldedHead:
    """Multiply the head's layers out, in float64; linear maps in a row are one, so nothing is approximated."""
    weight = torch.eye(_linear(head)[0].in_features, dtype=torch.float64)
    bias = torch.zeros(weight.shape[0], dtype=torch.float64)
    for layer in _linear(head):
        matrix = layer.weight.double()
        weight, bias = matrix @ weight, matrix @ bias + layer.bias.double()
    return FoldedHead(weight[0] / REWARD_STD, (bias.item() - REWARD_MEAN) / REWARD_STD)


def _linear(head: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in head if isinstance(layer, nn.Linear)]
