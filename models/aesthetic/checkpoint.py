"""A published ImageReward checkpoint and its vocabulary: opened, checked and described."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.aesthetic.manifest import RewardDistribution, Vocabulary
from functions.common.manifest import ModelIdentity
from models import digests
from models.aesthetic.layout import ADDED_TOKENS, PROMPT_LENGTH, TEXT_CONFIG, VOCABULARY, WEIGHTS, TextSizes
from models.checkpoint_files import CARD, CheckpointCard, read_card, read_document
from models.errors import CheckpointError

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


class Card(CheckpointCard):
    """The card of an ImageReward that this project trained."""

    distribution: RewardDistribution | None = None
    """What percentiles are among."""


class TextConfig(BaseModel):
    """`med_config.json`. What the reward does not depend on is taken as it comes."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model_type: Literal["bert"]
    hidden_act: Literal["gelu"]
    add_cross_attention: Literal[True]
    layer_norm_eps: Annotated[float, Field(gt=0)]
    hidden_size: Annotated[int, Field(ge=1)]
    intermediate_size: Annotated[int, Field(ge=1)]
    num_hidden_layers: Annotated[int, Field(ge=1)]
    num_attention_heads: Annotated[int, Field(ge=1)]
    max_position_embeddings: Annotated[int, Field(ge=PROMPT_LENGTH)]
    pad_token_id: Annotated[int, Field(ge=0)]
    vocab_size: Annotated[int, Field(ge=1)]

    @property
    def sizes(self) -> TextSizes:
        """What the shapes of the weights follow from."""
        return TextSizes(
            width=self.hidden_size,
            layers=self.num_hidden_layers,
            heads=self.num_attention_heads,
            mlp=self.intermediate_size,
            positions=self.max_position_embeddings,
            vocabulary=self.vocab_size,
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint folder and a vocabulary that fit each other; `models.aesthetic.weights` reads the weights."""

    directory: Path
    identity: ModelIdentity
    text: TextConfig
    pieces: tuple[str, ...]
    """The vocabulary's word pieces in the order of their ids, without the tokens the package adds."""
    vocabulary: Vocabulary
    card: Card | None

    @property
    def weights(self) -> Path:
        """The file of the weights."""
        return self.directory / WEIGHTS


def open_checkpoint(
    directory: Path,
    vocabulary_directory: Path | None = None,
    *,
    name: str | None = None,
    revision: str | None = None,
    vocabulary_name: str | None = None,
    vocabulary_revision: str | None = None,
    shown: bool = False,
) -> Checkpoint:
    """Open and check `ImageReward.pt` and `med_config.json` in `directory`, and `vocab.txt` there or in a folder of its
    own; names and revisions are the hub's, where they came from there.

    Raises CheckpointError.
    """
    vocabulary_directory = vocabulary_directory or directory
    text = read_text_config(directory)
    card = read_card(Card, directory)
    pieces = _read_vocabulary(vocabulary_directory / VOCABULARY, text)
    if not (directory / WEIGHTS).is_file():
        raise CheckpointError(f"{directory / WEIGHTS}: missing from the checkpoint")
    weights_sha256 = digests.file_sha256(directory / WEIGHTS, shown=shown)
    vocabulary_sha256 = digests.file_sha256(vocabulary_directory / VOCABULARY)
    parts = [(WEIGHTS, weights_sha256), (VOCABULARY, vocabulary_sha256)]
    parts += [
        (part, digests.file_sha256(directory / part)) for part in (TEXT_CONFIG, CARD) if (directory / part).is_file()
    ]
    return Checkpoint(
        directory=directory,
        identity=ModelIdentity(
            id=card.name if card else name or directory.resolve().name,
            revision=card.revision if card else revision,
            weights_sha256=weights_sha256,
            checkpoint_sha256=digests.combined_sha256(parts),
            demo=card is not None,
        ),
        text=text,
        pieces=pieces,
        vocabulary=Vocabulary(
            id=vocabulary_name or (card.name if card else vocabulary_directory.resolve().name),
            revision=vocabulary_revision,
            sha256=vocabulary_sha256,
        ),
        card=card,
    )


def read_text_config(directory: Path) -> TextConfig:
    """`med_config.json` in `directory`. Raises CheckpointError."""
    return read_document(TextConfig, directory / TEXT_CONFIG)


def _read_vocabulary(path: Path, text: TextConfig) -> tuple[str, ...]:
    """One piece a line. A tokenizer without its vocabulary answers [UNK] to every word, so everything is checked."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: missing; it is the vocabulary of bert-base-uncased") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path}: cannot be read as text in UTF-8") from error
    pieces = tuple(lines[:-1] if lines[-1] == "" else lines)
    wanted = text.vocab_size - len(ADDED_TOKENS)
    if len(pieces) != wanted:
        raise CheckpointError(f"{path}: has {len(pieces)} word pieces, but {TEXT_CONFIG} expects {wanted}")
    if len(set(pieces)) != len(pieces) or set(pieces) & set(ADDED_TOKENS):
        raise CheckpointError(f"{path}: a word piece occurs twice")
    missing = [token for token in SPECIAL_TOKENS if token not in pieces]
    if missing:
        raise CheckpointError(f"{path}: has no {missing[0]}")
    if pieces.index("[PAD]") != text.pad_token_id:
        raise CheckpointError(f"{path}: [PAD] has id {pieces.index('[PAD]')}, {TEXT_CONFIG} says {text.pad_token_id}")
    return pieces
