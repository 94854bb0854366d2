"""The demo model's word pieces: BERT's special tokens, punctuation, and whole words of the taxonomy and common ones."""

from typing import Final

from models.aesthetic.checkpoint import SPECIAL_TOKENS
from models.demo.semantic.vocabulary import words
from taxonomy import Taxonomy

PUNCTUATION: Final = tuple(",.-':;!?()")


def pieces(taxonomy: Taxonomy) -> tuple[str, ...]:
    """The lines of `vocab.txt`. Any other word is [UNK]."""
    return (*SPECIAL_TOKENS, *PUNCTUATION, *words(taxonomy))
