"""What the detector finds: scores of filters, texts, moderation classes and labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Profile: TypeAlias = Literal["raw", "contrast", "fitted"]
Embedding: TypeAlias = NDArray[np.float32]  # (embedding,), unit length


@dataclass(frozen=True, slots=True)
class Score:
    """One filter's score; all three None where the model does not cover the filter."""

    filter: str
    logit: float | None
    raw: float | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class TextLogit:
    """One text by itself: a prompt of a filter, or a description of a moderation class."""

    text: str
    logit: float
    raw: float


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One moderation class; None and empty where the model does not cover it."""

    name: str
    confidence: float | None
    probability: float | None
    descriptions: tuple[TextLogit, ...]


@dataclass(frozen=True, slots=True)
class LabelConfidence:
    """One open label's score."""

    logit: float
    raw: float
    confidence: float
