"""What the precision gate asks of the two encoders: pictures against prompts, and texts against pictures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from functions.common.token_files import open_tokenizer
from functions.semantic.detector import Detector
from functions.semantic.encoders import preprocess, unit
from functions.semantic.manifest import SemanticManifest
from functions.semantic.prompts import PromptRow
from functions.semantic.text_encoder import TABLE_NAME, TOKENIZER_NAME, OnnxTextEncoder
from models.graph import OUTPUT_NAME
from models.layer_search import Findings
from models.pictures import PictureSet
from models.semantic import tolerances
from models.semantic.image_encoder import INPUT_NAME
from taxonomy import Taxonomy, canonicalize

THRESHOLDS: Final = (0.25, 0.50)
"""Defaults of detection and alignment, at which the service decides."""
MOST_TEXTS: Final = 64


class ImageComparison:
    """Logits of the pictures against every covered filter, class and neutral description, and the decisions on them."""

    unit = "picture"

    def __init__(
        self,
        pictures: PictureSet,
        matrix: NDArray[np.float32],  # (rows, embedding)
        rows: Sequence[PromptRow],
        taxonomy: Taxonomy,
        manifest: SemanticManifest,
    ) -> None:
        self._images = tuple(picture.decode() for picture in pictures.pictures)
        self._preprocessing = manifest.preprocessing
        self.detector = Detector(matrix, rows, taxonomy, manifest.scoring, manifest.covers)
        covered = self.detector.covers
        self._filters = [entry.name for entry in taxonomy.filters if entry.name in covered]
        self._styles = (None, *(style.name for style in taxonomy.styles))
        self._limits = {
            entry.name: entry.threshold
            for entry in taxonomy.moderation
            if entry.name in covered and entry.threshold is not None
        }
        self._thresholds = np.array(
            [*THRESHOLDS] * len(self._filters) * len(self._styles) + list(self._limits.values()), np.float64
        )
        used = [row.kind == "neutral" or (row.kind in ("filter", "moderation") and row.name in covered) for row in rows]
        self._prompts = matrix[used].astype(np.float64) * np.exp(manifest.scoring.logit_scale)
        self._known: dict[int, NDArray[np.float64]] = {}
        """Confidences of the fp32 graph, which are asked for again with every mixture."""

    def __len__(self) -> int:
        """See Comparison."""
        return len(self._images)

    def answer(self, session: onnxruntime.InferenceSession, item: int) -> NDArray[np.float32]:
        """The picture's unit embedding, as the service makes it."""
        pixels = preprocess(self._images[item], self._preprocessing)
        (output,) = session.run([OUTPUT_NAME], {INPUT_NAME: pixels})
        return unit(np.asarray(output[0], dtype=np.float32))

    def judge(self, reference: NDArray[np.float32], answers: NDArray[np.float32], items: Sequence[int]) -> Findings:
        """See Comparison."""
        change = np.abs((answers.astype(np.float64) - reference) @ self._prompts.T)  # (items, prompts)
        before = np.stack([self._reference_confidences(item, row) for item, row in zip(items, reference, strict=True)])
        after = np.stack([self._confidences(row) for row in answers])
        beyond, within = tolerances.flipped(before, after, np.broadcast_to(self._thresholds, before.shape))
        return Findings(
            figures=tolerances.figures(change, beyond),
            notes={
                "logits": change.size,
                "decisions": before.size,
                "decisions_flipped_near_threshold": within,
                "min_cosine": _min_cosine(reference, answers),
            },
            errors=np.sqrt((change**2).mean(axis=1)),
        )

    def _reference_confidences(self, item: int, embedding: NDArray[np.float32]) -> NDArray[np.float64]:
        if item not in self._known:
            self._known[item] = self._confidences(embedding)
        return self._known[item]

    def _confidences(self, embedding: NDArray[np.float32]) -> NDArray[np.float64]:
        """Every confidence the service decides on, once for each threshold: (decisions,)."""
        found: list[float] = []
        for style in self._styles:
            for score in self.detector.score(embedding, self._filters, profile="contrast", style=style):
                found += [score.confidence or 0.0] * len(THRESHOLDS)
        found += [
            moderated.confidence or 0.0
            for moderated in self.detector.moderate(embedding)
            if moderated.name in self._limits
        ]
        return np.array(found, np.float64)


class TextJudge:
    """Logits of texts against the pictures' embeddings, and the confidences of them as labels."""

    def __init__(
        self,
        pictures: NDArray[np.float32],  # (pictures, embedding), unit rows, of the fp32 engine
        detector: Detector,
        manifest: SemanticManifest,
    ) -> None:
        self._pictures = pictures
        self._detector = detector
        self._scale = np.exp(manifest.scoring.logit_scale)

    def judge(self, reference: NDArray[np.float32], answers: NDArray[np.float32], _: Sequence[int]) -> Findings:
        """See Comparison."""
        pictures = self._pictures.astype(np.float64)
        change = np.abs((answers.astype(np.float64) - reference) @ pictures.T) * self._scale  # (items, pictures)
        before, after = (self._confidences(texts) for texts in (reference, answers))
        flips = [tolerances.flipped(before, after, np.full_like(before, threshold)) for threshold in THRESHOLDS]
        return Findings(
            figures=tolerances.figures(change, sum(beyond for beyond, _ in flips)),
            notes={
                "logits": change.size,
                "decisions": before.size * len(THRESHOLDS),
                "decisions_flipped_near_threshold": sum(within for _, within in flips),
                "min_cosine": _min_cosine(reference, answers),
            },
            errors=np.sqrt((change**2).mean(axis=1)),
        )

    def _confidences(self, texts: NDArray[np.float32]) -> NDArray[np.float64]:
        """Of the texts as labels that are judged each for itself, by contrast: (pictures, texts)."""
        labels = list(texts)
        return np.array(
            [
                [label.confidence for label in self._detector.classify_independent(picture, labels, "contrast")]
                for picture in self._pictures
            ]
        )


class TextComparison(TextJudge):
    """Texts as the text graph reads them, judged against the pictures."""

    unit = "text"

    def __init__(
        self,
        texts: Sequence[str],
        pictures: NDArray[np.float32],  # (pictures, embedding), unit rows, of the fp32 graph
        detector: Detector,
        manifest: SemanticManifest,
        directory: Path,
    ) -> None:
        super().__init__(pictures, detector, manifest)
        if manifest.text is None:
            raise AssertionError("the manifest describes no text")
        self._texts = tuple(texts)
        self._input = manifest.text
        self._tokenizer = open_tokenizer(directory / TOKENIZER_NAME)
        self._table: NDArray[np.float16] = np.load(directory / TABLE_NAME, mmap_mode="r", allow_pickle=False)

    def __len__(self) -> int:
        """See Comparison."""
        return len(self._texts)

    def answer(self, session: onnxruntime.InferenceSession, item: int) -> NDArray[np.float32]:
        """The text's unit embedding, as the service makes it."""
        return self.encoder(session).encode(self._texts[item]).vector

    def encoder(self, session: onnxruntime.InferenceSession) -> OnnxTextEncoder:
        """The service's encoder around this graph."""
        return OnnxTextEncoder(session, self._tokenizer, self._table, self._input)


def plain_prompts(taxonomy: Taxonomy, covers: Collection[str]) -> tuple[str, ...]:
    """At most MOST_TEXTS canonical prompts of covered filters (of any, if none is), without templates."""
    covered = [entry for entry in taxonomy.filters if entry.name in covers] or taxonomy.filters
    texts = tuple(dict.fromkeys(canonicalize(prompt) for entry in covered for prompt in entry.prompts))
    count = min(len(texts), MOST_TEXTS)
    return tuple(texts[index * len(texts) // count] for index in range(count))


def _min_cosine(reference: NDArray[np.float32], answers: NDArray[np.float32]) -> float:
    return float((reference.astype(np.float64) * answers).sum(axis=1).min())
