"""A canonical text to its embedding: token ids, their rows of the token table, run, normalise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from functions.common.artifact import Artifact, ArtifactError, open_session
from functions.common.token_files import open_token_table, open_tokenizer
from functions.semantic.encoders import unit
from functions.semantic.manifest import SemanticManifest, TextInput
from functions.semantic.scores import Embedding

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TEXT_ENCODER_NAME: Final = "text_encoder.onnx"
TEXT_WEIGHTS_NAME: Final = "text_encoder.onnx.data"
TABLE_NAME: Final = "token_table.npy"
TOKENIZER_NAME: Final = "tokenizer.json"
TEXT_FILES: Final = (TEXT_ENCODER_NAME, TEXT_WEIGHTS_NAME, TABLE_NAME, TOKENIZER_NAME)


@dataclass(frozen=True, slots=True)
class TextEmbedding:
    """What the model makes of a text."""

    vector: Embedding
    truncated: bool
    """The text has more tokens than the model reads; the rest was left out."""


class TextEncoder(Protocol):
    """The seam between the service and an engine."""

    def encode(self, text: str) -> TextEmbedding:
        """The unit embedding of one canonical text."""


class OnnxTextEncoder:
    """The CPU engine. One text at a time: dynamic quantisation shares a scale across a batch."""

    def __init__(
        self,
        session: onnxruntime.InferenceSession,
        tokenizer: Tokenizer,
        table: NDArray[np.float16],  # (vocab_size, width)
        text: TextInput,
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._table = table
        self._text = text
        self.length = text.length

    def encode(self, text: str) -> TextEmbedding:
        """See TextEncoder."""
        ids, truncated = self.token_ids(text)
        tokens = self._table[ids].astype(np.float32)[None]  # (1, length, width)
        (output,) = self._session.run(["embedding"], {"tokens": tokens})
        return TextEmbedding(unit(np.asarray(output[0], dtype=np.float32)), truncated)

    def token_ids(self, text: str) -> tuple[NDArray[np.int64], bool]:
        """See the function of this name."""
        return token_ids(self._tokenizer, self._text, text)


def token_ids(tokenizer: Tokenizer, spec: TextInput, text: str) -> tuple[NDArray[np.int64], bool]:
    """Token ids (length,), padded on the right, the last token of the text an end of text; and whether it was cut.

    As SigLIP was trained: no beginning of text, and no mask, so padding is part of what the model reads.
    """
    length, end = spec.length, spec.eos_id
    found = tokenizer.encode(text, add_special_tokens=False).ids
    own = found[: length - 1]
    ids = np.array([*own, end, *[spec.pad_id] * (length - 1 - len(own))], dtype=np.int64)
    if ids.shape != (length,):
        raise AssertionError(f"token ids of shape {ids.shape}, not ({length},)")
    return ids, len(found) > len(own)


def open_text_encoder(artifact: Artifact[SemanticManifest], threads: int) -> OnnxTextEncoder:
    """The text encoder of an artifact that has one. Graph, weights and tokenizer are verified; the token table, of
    which only the rows used are ever read, is sized. Raises ArtifactError.
    """
    text = artifact.manifest.text
    if text is None:
        raise ArtifactError(f"{artifact.directory}: exported without its text tower")
    with artifact.verified(TEXT_ENCODER_NAME, TEXT_WEIGHTS_NAME, TOKENIZER_NAME):
        tokenizer = open_tokenizer(artifact.path(TOKENIZER_NAME))
        session = open_session(artifact.path(TEXT_ENCODER_NAME), threads)
    shapes = [tuple(value.shape) for value in (*session.get_inputs(), *session.get_outputs())]
    if shapes != [(1, text.length, text.width), (1, artifact.manifest.embedding_size)]:
        raise ArtifactError(f"{artifact.path(TEXT_ENCODER_NAME)}: takes and gives {shapes}, not what the manifest says")
    table = open_token_table(artifact, TABLE_NAME, (text.vocab_size, text.width), np.float16)
    return OnnxTextEncoder(session, tokenizer, table, text)
