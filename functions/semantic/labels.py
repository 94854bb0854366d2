"""Open labels: the texts they stand for, and each text's embedding, made once and kept."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, TypeVar

import numpy as np
from pydantic import TypeAdapter, ValidationError

from functions.common.artifact import Artifact, ArtifactError
from functions.common.deadline import Deadline
from functions.common.errors import InvalidRequest, ModelUnavailable, TooManyNewLabels
from functions.semantic.manifest import SemanticManifest
from functions.semantic.text_encoder import TextEmbedding, TextEncoder
from taxonomy import canonicalize

LABELS_NAME: Final = "labels.npy"
LABELS_INDEX_NAME: Final = "labels.json"
NEW_LABELS: Final = 16
"""So many labels that were never seen before are embedded in any call, whatever the time it has left."""
PLACEHOLDER: Final = "{label}"
_KEPT: Final = 4096
_SLOWER: Final = 1.25

_INDEX: Final = TypeAdapter(tuple[str, ...])

Part = TypeVar("Part")

logger = logging.getLogger(__name__)


def label_texts(labels: Sequence[str], template: str | None) -> list[str]:
    """Canonical texts of `labels`, in their order, each put into `template` for its "{label}".

    Raises InvalidRequest for a template without exactly one place, for a label with nothing to read in it, and for
    one that is the same text as an earlier one.
    """
    wording = PLACEHOLDER if template is None else template
    if wording.count(PLACEHOLDER) != 1:
        raise InvalidRequest(f"template must contain {PLACEHOLDER} exactly once", pointer="/template")
    first: dict[str, int] = {}
    for index, label in enumerate(labels):
        pointer = f"/labels/{index}"
        if not canonicalize(label):
            raise InvalidRequest(f"labels[{index}] must contain more than punctuation and spaces", pointer=pointer)
        text = canonicalize(wording.replace(PLACEHOLDER, label))
        if text in first:
            raise InvalidRequest(
                f"labels[{index}] is the same label as labels[{first[text]}]: case, punctuation and "
                "spaces make no difference",
                pointer=pointer,
            )
        first[text] = index
    return list(first)


def dump_labels(texts: Sequence[str]) -> bytes:
    """The bytes of `labels.json`: the canonical texts of the rows of `labels.npy`."""
    return _INDEX.dump_json(tuple(texts), indent=0)


def read_labels(artifact: Artifact[SemanticManifest]) -> dict[str, TextEmbedding]:
    """Embeddings that were made ahead, by canonical text; none where the artifact has none. Raises ArtifactError."""
    if LABELS_NAME not in artifact.manifest.files:
        return {}
    with artifact.verified(LABELS_NAME, LABELS_INDEX_NAME):
        try:
            texts = _INDEX.validate_json(artifact.path(LABELS_INDEX_NAME).read_bytes())
            matrix = np.load(artifact.path(LABELS_NAME), allow_pickle=False)
        except (OSError, EOFError, ValueError, ValidationError) as error:
            raise ArtifactError(f"{artifact.directory}: {LABELS_NAME} or {LABELS_INDEX_NAME} cannot be read") from error
        if matrix.dtype != np.float32 or matrix.shape != (len(texts), artifact.manifest.embedding_size):
            raise ArtifactError(f"{artifact.directory}: {LABELS_NAME} is {matrix.dtype} {matrix.shape}")
    return {text: TextEmbedding(row, truncated=False) for text, row in zip(texts, matrix, strict=True)}


class LabelEmbeddings:
    """Embeddings of labels by canonical text; safe to share between threads.

    An embedding depends on its text alone, never on the labels beside it: one at a time is run. The text encoder and
    the embeddings made ahead are opened when they are first needed. The last `kept` embeddings stay.
    """

    def __init__(
        self,
        open_encoder: Callable[[], TextEncoder],
        read_ahead: Callable[[], Mapping[str, TextEmbedding]] = dict,
        *,
        kept: int = _KEPT,
    ) -> None:
        self._open_encoder = open_encoder
        self._read_ahead = read_ahead
        self._kept = kept
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._recent: OrderedDict[str, TextEmbedding] = OrderedDict()
        self._ahead: Mapping[str, TextEmbedding] | None = None
        self._encoder: TextEncoder | None = None
        self._damaged = False

    def embed(
        self, texts: Sequence[str], turn: Callable[[], AbstractContextManager[None]], deadline: Deadline
    ) -> list[TextEmbedding]:
        """Embeddings of distinct canonical texts, in their order; `turn` is the model's, taken for each new one.

        Raises TooManyNewLabels when the deadline is too near for another one and NEW_LABELS were made; these are kept.
        Raises ModelUnavailable where the files are damaged.
        """
        with self._opening:
            if self._ahead is None:
                self._ahead = self._open(self._read_ahead)
        found = {text: known for text in texts if (known := self._known(text)) is not None}
        new = [text for text in texts if text not in found]
        longest = 0.0
        for done, text in enumerate(new):
            started = time.perf_counter()
            if done >= NEW_LABELS and deadline.at - started < longest * _SLOWER:
                raise _too_many(len(new), done)
            with turn():
                encoder = self._opened_encoder()
                began = time.perf_counter()
                # Another request may have made it while this one waited.
                found[text] = self._known(text) or self._keep(text, encoder.encode(text))
            # Waiting counts, opening does not: it happens once.
            longest = max(longest, time.perf_counter() - (began if done == 0 else started))
        return [found[text] for text in texts]

    def _known(self, text: str) -> TextEmbedding | None:
        ahead = (self._ahead or {}).get(text)
        if ahead is not None:
            return ahead
        with self._lock:
            known = self._recent.get(text)
            if known is not None:
                self._recent.move_to_end(text)
            return known

    def _keep(self, text: str, made: TextEmbedding) -> TextEmbedding:
        with self._lock:
            self._recent[text] = made
            while len(self._recent) > self._kept:
                self._recent.popitem(last=False)
        return made

    def _opened_encoder(self) -> TextEncoder:
        # In the model's turn, so one at a time.
        if self._encoder is None:
            self._encoder = self._open(self._open_encoder)
        return self._encoder

    def _open(self, open_part: Callable[[], Part]) -> Part:
        if not self._damaged:
            try:
                return open_part()
            except ArtifactError as error:
                # Kept: what cannot be trusted is never served, nor read again for every request.
                self._damaged = True
                logger.error("labels cannot be served: %s", error)  # noqa: TRY400 - the message is the whole story
        raise ModelUnavailable("the files that open labels need are missing or damaged, so labels are not served")


def _too_many(new: int, done: int) -> TooManyNewLabels:
    return TooManyNewLabels(
        f"{new} labels are new to this process, and time ran out after {done} of them; {NEW_LABELS} always fit one "
        "call. The process keeps what it has embedded, so sending the same request again gets further",
        pointer="/labels",
        limit=NEW_LABELS,
        actual=new,
    )
