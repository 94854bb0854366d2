"""Prompts to token ids the way SigLIP was trained: no BOS, EOS, padded on the right to a fixed length, no mask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.checkpoint_files import read_json
from models.errors import CheckpointError, ModelsError
from models.semantic.checkpoint import Checkpoint
from models.semantic.layout import SPECIAL_TOKENS, TOKENIZER, TOKENIZER_CONFIG


class PromptTokenizer:
    """A checkpoint's own `tokenizer.json`, read without transformers, whose classes have defaults of their own.

    Those default to padding on the left, and to a mask: either inverts rankings.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        path = checkpoint.directory / TOKENIZER
        if not path.is_file():
            raise CheckpointError(
                f"{path}: missing; save the tokenizer in transformers' fast format, or take the published one's file"
            )
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises nothing narrower
            raise CheckpointError(f"{path}: tokenizers cannot read it") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.length: int = checkpoint.config.text_config.max_position_embeddings
        """Tokens in a prompt, padding included: 64 in SigLIP2."""
        self.pad_id, self.eos_id = self._special_ids(checkpoint)
        vocabulary: int = checkpoint.config.text_config.vocab_size
        if self._tokenizer.get_vocab_size() > vocabulary:
            raise CheckpointError(
                f"{path}: has {self._tokenizer.get_vocab_size()} tokens and the text tower {vocabulary}: "
                "it belongs to another model"
            )

    def encode(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Token ids of shape (texts, length).

        Raises ModelsError naming a text that does not fit: cut short it would mean something else.
        """
        ids = np.full((len(texts), self.length), self.pad_id, np.int64)
        for row, text in zip(ids, texts, strict=True):
            tokens = [*self._tokenizer.encode(text, add_special_tokens=False).ids, self.eos_id]
            if len(tokens) > self.length:
                raise ModelsError(f"prompt {text!r} has {len(tokens)} tokens; the limit is {self.length}")
            row[: len(tokens)] = tokens
        return ids

    def _special_ids(self, checkpoint: Checkpoint) -> tuple[int, int]:
        config: dict[str, Any] = {}
        for name in (SPECIAL_TOKENS, TOKENIZER_CONFIG):
            if (checkpoint.directory / name).is_file():
                config |= read_json(checkpoint.directory / name)
        path = checkpoint.directory / TOKENIZER_CONFIG
        if config.get("padding_side", "right") != "right":
            raise CheckpointError(
                f"{path}: padding_side is {config['padding_side']!r}; SigLIP was trained with padding on the right"
            )
        pad, eos = (self._id(config.get(key)) for key in ("pad_token", "eos_token"))
        if pad is None or eos is None:
            raise CheckpointError(f"{path}: pad_token and eos_token must name tokens of {TOKENIZER}")
        bare, own = (self._tokenizer.encode("a", add_special_tokens=special).ids for special in (False, True))
        # Where the class is to add them, its flags say so; otherwise what the file itself adds counts.
        if config.get("add_bos_token", own[:1] != bare[:1]):
            raise CheckpointError(f"{path}: puts a token at the start of a text; SigLIP was trained without one")
        if not config.get("add_eos_token", own[-1:] == [eos]):
            raise CheckpointError(f"{path}: does not put eos_token at the end of a text; SigLIP was trained with it")
        return pad, eos

    def _id(self, token: Any) -> int | None:
        content = token.get("content") if isinstance(token, dict) else token
        return self._tokenizer.token_to_id(content) if isinstance(content, str) else None
