"""A prompt to the token ids ImageReward was trained on: BERT's lower-case word pieces, cut at a fixed length."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from functions.aesthetic.manifest import PromptInput
from functions.common.artifact import ArtifactError
from functions.common.token_files import open_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SPECIAL_TOKENS: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """What the reward graph reads of a prompt."""

    ids: NDArray[np.int64]  # (length,)
    mask: NDArray[np.int64]  # (length,), 1 for a token, 0 for padding
    truncated: bool
    """The prompt has more tokens than the model reads; the rest was left out."""


class PromptTokenizer:
    """A `tokenizer.json` held to the special ids and the size the model was exported with."""

    def __init__(self, tokenizer: Tokenizer, spec: PromptInput) -> None:
        self._tokenizer = tokenizer
        self._spec = spec

    def encode(self, prompt: str) -> PromptTokens:
        """[CLS], the word pieces that fit, [SEP], padding on the right."""
        spec = self._spec
        found = self._tokenizer.encode(prompt, add_special_tokens=False).ids
        own = found[: spec.length - 2]
        ids = np.full(spec.length, spec.pad_id, dtype=np.int64)
        ids[: len(own) + 2] = [spec.cls_id, *own, spec.sep_id]
        mask = np.zeros(spec.length, dtype=np.int64)
        mask[: len(own) + 2] = 1
        return PromptTokens(ids, mask, truncated=len(found) > len(own))


def open_prompt_tokenizer(path: Path, spec: PromptInput) -> PromptTokenizer:
    """The tokenizer in a `tokenizer.json`; it neither pads nor cuts of itself.

    Raises ArtifactError, also where it is not the one of `spec`: a tokenizer without its vocabulary would map every
    word to [UNK], and nobody would notice.
    """
    tokenizer = open_tokenizer(path)
    found = [tokenizer.get_vocab_size(), *(tokenizer.token_to_id(token) for token in SPECIAL_TOKENS)]
    wanted = [spec.vocab_size, spec.pad_id, spec.unk_id, spec.cls_id, spec.sep_id]
    if found != wanted:
        raise ArtifactError(f"{path}: size and ids of {', '.join(SPECIAL_TOKENS)} are {found}, not {wanted}")
    return PromptTokenizer(tokenizer, spec)
