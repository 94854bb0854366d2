"""A deterministic engine for the real service: colour statistics, projected, against prompts made up to fit."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import taxonomy
from functions.common.artifact import Artifact
from functions.common.manifest import ModelIdentity
from functions.semantic.detector import Detector
from functions.semantic.labels import LabelEmbeddings
from functions.semantic.manifest import Preprocessing, Scoring, SemanticManifest
from functions.semantic.model import SemanticModel
from functions.semantic.prompts import PromptRow
from functions.semantic.text_encoder import TextEmbedding, TextEncoder

GRID = 4
EMBEDDING = 32
LOGIT_SCALE, LOGIT_BIAS, TEMPERATURE = math.log(12.0), -2.0, 1.5
# What these filters' prompts say, as far as a colour can.
COLORS = {"blue_hair": (30, 60, 220), "red_hair": (220, 40, 30), "green_hair": (40, 200, 60)}
DIGEST = hashlib.sha256(b"fake").hexdigest()


class ColorEncoder:
    """Mean colours of a 4 x 4 grid, projected by a fixed matrix: upright and turned pictures differ."""

    device = "cpu"
    batch_size = 1

    def __init__(self) -> None:
        random = np.random.default_rng(20)
        self._projection = random.standard_normal((3 * GRID * GRID, EMBEDDING))  # (48, embedding)

    def encode_pre(self, image: Image.Image) -> NDArray[np.float32]:
        assert image.mode == "RGB"
        grid = image.resize((GRID, GRID), resample=Image.Resampling.BOX)
        return (np.asarray(grid, dtype=np.float32).transpose(2, 0, 1) / 127.5 - 1)[None]

    def encode_core(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        flat = pixels.astype(np.float64).reshape(-1) + 0.01  # never the null vector
        return (flat @ self._projection)[None].astype(np.float32)

    def encode_post(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        wide = output[0].astype(np.float64)
        return np.asarray(wide / np.sqrt(wide @ wide), dtype=np.float32)

    def embed(self, image: Image.Image) -> NDArray[np.float32]:
        return self.encode_post(self.encode_core(self.encode_pre(image)))


class WordEncoder:
    """A direction for each word, drawn from its spelling, and their sum for a text; reads READ words and no more."""

    READ = 40

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, text: str) -> TextEmbedding:
        assert text == taxonomy.canonicalize(text) != ""
        self.encoded.append(text)
        words = text.split(" ")
        seeds = [int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big") for word in words[: self.READ]]
        vector = np.sum([np.random.default_rng(seed).standard_normal(EMBEDDING) for seed in seeds], axis=0)
        return TextEmbedding((vector / np.sqrt(vector @ vector)).astype(np.float32), len(words) > self.READ)


def prompt_rows(words: taxonomy.Taxonomy) -> tuple[PromptRow, ...]:
    """The rows an export writes for this taxonomy."""
    styles = [style.name for style in words.styles]
    rows = []
    for entry in words.filters:
        own_styles = [] if entry.category == taxonomy.STYLE_CATEGORY else styles
        rows += [PromptRow(kind="filter", name=entry.name, style=style) for style in (None, *own_styles)]
        rows += [PromptRow(kind="prompt", name=entry.name, text=prompt) for prompt in entry.prompts]
    for style in (None, *styles):
        rows += [PromptRow(kind="neutral", name=text, style=style, text=text) for text in words.neutral]
    for kind in words.moderation:
        rows += [PromptRow(kind="moderation", name=kind.name, text=text) for text in kind.descriptions]
    return tuple(rows)


def prompt_matrix(rows: Iterable[PromptRow]) -> NDArray[np.float32]:
    """(rows, embedding) unit vectors that depend on each row's meaning alone; COLORS point at their colour."""
    encoder = ColorEncoder()
    vectors = []
    for row in rows:
        seed = int.from_bytes(hashlib.sha256(repr(row).encode()).digest()[:8], "big")
        vector = np.random.default_rng(seed).standard_normal(EMBEDDING)
        if row.kind == "filter" and row.name in COLORS:
            color = Image.new("RGB", (GRID, GRID), COLORS[row.name])
            vector = 0.05 * vector + encoder.embed(color).astype(np.float64)
        vectors.append(vector / np.sqrt(vector @ vector))
    return np.array(vectors, dtype=np.float32)


def manifest(
    words: taxonomy.Taxonomy,
    *,
    covers: Iterable[str] | None = None,
    fitted: Mapping[str, tuple[float, float]] | None = None,
) -> SemanticManifest:
    return SemanticManifest(
        format=1,
        function="semantic",
        model=ModelIdentity(id="fake-colors", revision="r1", weights_sha256="0" * 64, demo=False),
        precision="fp32",
        target="portable",
        embedding_size=EMBEDDING,
        preprocessing=Preprocessing(
            height=GRID, width=GRID, resample="box", rescale_factor=1 / 255, mean=(0.5,) * 3, std=(0.5,) * 3
        ),
        scoring=Scoring(
            logit_scale=LOGIT_SCALE,
            logit_bias=LOGIT_BIAS,
            temperature=TEMPERATURE,
            fitted=None if fitted is None else dict(fitted),
        ),
        taxonomy_digest=words.digest,
        covers=None if covers is None else tuple(covers),
        files={},
        tools={},
    )


def fake_model(
    words: taxonomy.Taxonomy,
    *,
    encoder: ColorEncoder | None = None,
    text: TextEncoder | None = None,
    open_labels: bool = True,
    covers: Iterable[str] | None = None,
    fitted: Mapping[str, tuple[float, float]] | None = None,
) -> SemanticModel:
    """A model as `open_model` returns it. It covers everything and knows any label, unless told otherwise."""
    described = manifest(words, covers=covers, fitted=fitted)
    rows = prompt_rows(words)
    detector = Detector(prompt_matrix(rows), rows, words, described.scoring, described.covers)
    labels = LabelEmbeddings(lambda: text or WordEncoder()) if open_labels else None
    return SemanticModel(Artifact(Path("nowhere"), described, DIGEST), encoder or ColorEncoder(), detector, labels)
