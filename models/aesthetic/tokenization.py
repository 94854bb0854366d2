"""BERT's word pieces as one `tokenizer.json`, made from a vocabulary, without transformers."""

from __future__ import annotations

from pathlib import Path

from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

from functions.aesthetic.manifest import PromptInput
from models.aesthetic.checkpoint import SPECIAL_TOKENS, Checkpoint
from models.aesthetic.layout import ADDED_TOKENS, PROMPT_LENGTH

_LONGEST_WORD_CHARACTERS = 100
"""A longer word is [UNK] as a whole."""


def write_tokenizer(checkpoint: Checkpoint, path: Path) -> None:
    """Write the tokenizer of bert-base-uncased's kind over the checkpoint's vocabulary, as the package sets it up."""
    ids = {piece: number for number, piece in enumerate(checkpoint.pieces)}
    tokenizer = Tokenizer(
        WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=_LONGEST_WORD_CHARACTERS)  # noqa: S106 - a piece
    )
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(token, ids[token]) for token in ("[CLS]", "[SEP]")]
    )
    # Found in a prompt as they stand, not in lower case; [DEC] and [ENC] get the two ids after the vocabulary's.
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in (*SPECIAL_TOKENS, *ADDED_TOKENS)]
    )
    tokenizer.save(str(path))


def describe_prompt(checkpoint: Checkpoint) -> PromptInput:
    """What the run-time needs to know of prompts; the special ids are the vocabulary's own."""
    pad, unk, cls, sep = (checkpoint.pieces.index(token) for token in SPECIAL_TOKENS[:4])
    return PromptInput(
        length=PROMPT_LENGTH,
        width=checkpoint.text.hidden_size,
        vocab_size=checkpoint.text.vocab_size,
        pad_id=pad,
        unk_id=unk,
        cls_id=cls,
        sep_id=sep,
    )
