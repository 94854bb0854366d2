"""Reads many prompts against each picture at once: a picture's tokens become keys and values only once."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.aesthetic.reward_model import RewardModel
from models.demo.aesthetic.batches import Words


def read(model: RewardModel, tokens: Tensor, words: Words, asked: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """The head's outputs (pictures, questions) for the prompts `asked` (pictures, questions), rows of `words`, of every
    picture's `tokens` (pictures, tokens, width); and the words as the last layer takes them, (pictures, questions,
    length, width), which has still to sum them up at [CLS].

    The same as the model's own forward, a question a row.
    """
    text: Any = model.text
    count, each = asked.shape
    rows = torch.from_numpy(asked.ravel())
    hidden: Tensor = text.embeddings(input_ids=torch.from_numpy(words.ids))[rows]  # (pictures * questions, length, w)
    length, width = hidden.shape[1:]
    hide = torch.from_numpy(words.mask == 0)[rows][:, None, None]
    mask = torch.zeros(hide.shape).masked_fill(hide, torch.finfo(torch.float32).min)
    last: Tensor = hidden
    for layer in text.encoder.layer:
        last = hidden
        attended = layer.attention(hidden, attention_mask=mask)[0]
        crossed = layer.crossattention(attended.view(count, each * length, width), encoder_hidden_states=tokens)[0]
        hidden = layer.feed_forward_chunk(crossed.view(count * each, length, width))
    scores: Tensor = model.head(hidden[:, 0]).view(count, each)
    return scores, last.view(count, each, length, width)
