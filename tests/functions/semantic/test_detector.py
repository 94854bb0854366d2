"""The arithmetic, against values worked out by hand and against plain Python over the same rows."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import taxonomy
from functions.semantic.detector import Detector, DetectorError
from functions.semantic.manifest import Scoring
from functions.semantic.model import SemanticModel
from functions.semantic.prompts import PromptRow
from functions.semantic.scores import Score
from taxonomy import Category, Filter, ModerationClass, Style, Taxonomy
from tests.functions import fakes
from tests.functions.fakes import ColorEncoder, fake_model, prompt_matrix, prompt_rows
from tests.functions.pictures import blocks, noise, plain


def of_cosine(cosine: float) -> tuple[float, float]:
    """A unit vector of that cosine to (1, 0)."""
    return cosine, math.sqrt(1 - cosine * cosine)


# exp(logit_scale) = 10 and logit_bias = -5, so that a logit is 10 * cosine - 5.
BY_HAND = Scoring(logit_scale=math.log(10), logit_bias=-5, temperature=2, fitted={"hat": (0.5, -1.0)})
HERE = np.array([1, 0], dtype=np.float32)
FILTERS = (
    Filter("hat", "outfits", ("a hat",) * 3, sensitive=False, group=None),
    Filter("red", "hair", ("red hair",) * 3, sensitive=False, group="color"),
    Filter("blue", "hair", ("blue hair",) * 3, sensitive=False, group="color"),
    Filter("green", "hair", ("green hair",) * 3, sensitive=False, group="color"),
    Filter("anime", "style", ("anime",) * 3, sensitive=False, group="style"),
    Filter("artistic", "style", ("art",) * 3, sensitive=False, group="style"),
)
WORDS = Taxonomy(
    categories=tuple(Category(name, name, name != "style", sensitive=False) for name in ("outfits", "hair", "style")),
    filters=FILTERS,
    styles=(Style("anime", "Anime", ("anime of {}",)), Style("artistic", "Artistic", ("art of {}",))),
    moderation=(ModerationClass("minor", "Minor", ("a child", "a teenager"), unsafe=True, threshold=0.2),),
    neutral=("someone", "something"),
    digest="0" * 64,
)
ROWS: list[tuple[PromptRow, float]] = [
    (PromptRow(kind="filter", name="hat"), 0.8),  # logit 3
    (PromptRow(kind="filter", name="hat", style="anime"), 0.9),  # logit 4
    (PromptRow(kind="filter", name="red"), 0.7),  # logit 2
    (PromptRow(kind="filter", name="blue"), 0.6),  # logit 1
    (PromptRow(kind="filter", name="green"), 0.1),  # logit -4
    (PromptRow(kind="filter", name="anime"), 0.5),  # logit 0
    (PromptRow(kind="filter", name="artistic"), 0.4),  # logit -1
    (PromptRow(kind="neutral", name="someone"), 0.5),  # logit 0
    (PromptRow(kind="neutral", name="something"), 0.3),  # logit -2
    (PromptRow(kind="neutral", name="someone", style="anime"), 0.6),  # logit 1
    (PromptRow(kind="neutral", name="something", style="anime"), 0.6),  # logit 1
    # prompts explain and never score
    (PromptRow(kind="prompt", name="hat", text="headwear"), 0.2),  # logit -3
    (PromptRow(kind="prompt", name="hat", text="a hat"), 1.0),  # logit 5
    (PromptRow(kind="prompt", name="hat", text="a cap"), 0.9),  # logit 4
    *((PromptRow(kind="prompt", name=entry.name, text=entry.prompts[0]), 0.5) for entry in FILTERS[1:]),  # logit 0
    (PromptRow(kind="moderation", name="minor", text="a child"), 0.2),  # logit -3
    (PromptRow(kind="moderation", name="minor", text="a teenager"), 0.4),  # logit -1
]


def by_hand(rows: Iterable[tuple[PromptRow, float]] = ROWS, **changes: object) -> Detector:
    kept = list(rows)
    matrix = np.array([of_cosine(cosine) for _, cosine in kept], dtype=np.float32)
    arguments: dict[str, object] = {"scoring": BY_HAND, "covers": None, **changes}
    return Detector(matrix, [row for row, _ in kept], WORDS, **arguments)  # type: ignore[arg-type]


def confidences(detector: Detector, names: list[str], **options: object) -> list[float | None]:
    return [score.confidence for score in detector.score(HERE, names, **options)]  # type: ignore[arg-type]


def test_logit_and_raw() -> None:
    hat, green = by_hand().score(HERE, ["hat", "green"], profile="raw")
    assert (hat.filter, green.filter) == ("hat", "green")
    assert (hat.logit, green.logit) == pytest.approx((3, -4), abs=1e-6)
    assert hat.raw == hat.confidence == pytest.approx(0.9525741268, abs=1e-7)  # 1 / (1 + e^-3)
    assert green.raw == pytest.approx(0.0179862100, abs=1e-7)


def test_contrast() -> None:
    """Neutral is log((e^0 + e^-2) / 2) = -0.5662192; (3 + 0.5662192) / 2 = 1.7831096; 1 / (1 + e^-1.7831096)."""
    assert confidences(by_hand(), ["hat"]) == pytest.approx([0.8560804], abs=1e-6)


def test_a_group_is_a_softmax_with_neutral_in_it() -> None:
    """Of (-0.5662192, 2, 1, -4) / 2: weights 0.7534372, 2.7182818, 1.6487213, 0.1353353, in all 5.2557756."""
    expected = [0.5171990, 0.3136970, 0.0257498]
    assert confidences(by_hand(), ["red", "blue", "green"]) == pytest.approx(expected, abs=1e-6)
    assert confidences(by_hand(), ["green", "red"]) == pytest.approx([expected[2], expected[0]], abs=1e-6)


def test_a_style_brings_rows_and_a_neutral_of_its_own() -> None:
    """Hat 4 against neutral 1: 1 / (1 + e^-1.5). Hair has no row for the style and keeps its own."""
    assert confidences(by_hand(), ["hat"], style="anime") == pytest.approx([0.8175745], abs=1e-6)
    assert confidences(by_hand(), ["red"], style="anime") == pytest.approx([0.4419209], abs=1e-6)
    # artistic has no rows at all: as if no style were given
    assert confidences(by_hand(), ["hat", "red"], style="artistic") == confidences(by_hand(), ["hat", "red"])


def test_styles_are_compared_with_neutral_in_no_style() -> None:
    for style in (None, "anime"):
        # of (-0.5662192, 0, -1) / 2
        assert confidences(by_hand(), ["anime", "artistic"], style=style) == pytest.approx(
            [0.4237346, 0.2570080], abs=1e-6
        )


def test_of_a_filters_prompts_the_strongest_is_the_best() -> None:
    hat, red = by_hand().best_prompts(HERE, ["hat", "red"])
    assert hat is not None
    assert red is not None
    assert (hat.text, red.text) == ("a hat", "red hair")
    assert (hat.logit, red.logit) == pytest.approx((5, 0), abs=1e-5)
    assert (hat.raw, red.raw) == pytest.approx((1 / (1 + math.exp(-5)), 0.5), abs=1e-6)
    assert by_hand(covers=["red"]).best_prompts(HERE, ["hat", "red"]) == [None, red]
    assert by_hand().best_prompts(HERE, []) == []


def test_fits_for_filters_there_are_none_of() -> None:
    assert by_hand().fitted == {"hat"}
    assert by_hand(scoring=replace_scoring(fitted=None)).fitted == frozenset()
    with pytest.raises(DetectorError, match="fits for filters there are none of: cap, helmet"):
        by_hand(scoring=replace_scoring(fitted={"helmet": (1, 0), "hat": (1, 0), "cap": (1, 0)}))


def test_fitted_is_platt_on_the_logit() -> None:
    """1 / (1 + e^-(0.5 * 3 - 1)); where there is no fit there is no confidence."""
    fitted = by_hand().score(HERE, ["hat", "red"], profile="fitted")
    assert fitted[0].confidence == pytest.approx(0.6224593, abs=1e-6)
    assert fitted[1].confidence is None
    assert fitted[1].logit == pytest.approx(2, abs=1e-6)


def test_a_profile_the_artifact_lacks() -> None:
    detector = by_hand(scoring=replace_scoring(fitted=None))
    assert detector.profiles == ("raw", "contrast")
    assert by_hand().profiles == ("raw", "contrast", "fitted")
    with pytest.raises(DetectorError, match="no fitted profile"):
        detector.score(HERE, ["hat"], profile="fitted")


def replace_scoring(**changes: object) -> Scoring:
    return BY_HAND.model_copy(update=changes)


def test_minor_is_its_strongest_description_against_neutral() -> None:
    """(-1 + 0.5662192) / 2 = -0.2168904."""
    assert by_hand().minor(HERE) == pytest.approx(0.4459890, abs=1e-6)


def test_what_is_not_covered_has_no_score() -> None:
    detector = by_hand(covers=["hat", "blue"])
    assert detector.score(HERE, ["red"]) == [Score("red", None, None, None)]
    assert detector.minor(HERE) is None
    # Nor does it take part in its group: blue stands against neutral alone, (1 + 0.5662192) / 2.
    assert confidences(detector, ["red", "blue"]) == [None, pytest.approx(0.6863499, abs=1e-6)]


def test_names_outside_the_taxonomy() -> None:
    with pytest.raises(KeyError):
        by_hand().score(HERE, ["nothing"])
    assert by_hand().score(HERE, []) == []


def test_a_covered_filter_needs_its_prompts() -> None:
    rows = [(row, cosine) for row, cosine in ROWS if (row.kind, row.name) != ("prompt", "red")]
    with pytest.raises(DetectorError, match=r"has no prompts for: red$"):
        by_hand(rows)
    by_hand(rows, covers=["hat"])


@pytest.mark.parametrize(
    ("missing", "named"),
    [("hat", "hat"), ("minor", "minor"), ("someone", "the neutral descriptions")],
)
def test_prompts_that_do_not_fit_the_taxonomy(missing: str, named: str) -> None:
    gone = {"someone", "something"} if missing == "someone" else {missing}
    rows = [(row, cosine) for row, cosine in ROWS if row.name not in gone or row.style is not None]
    with pytest.raises(DetectorError, match=f"has no prompts for: {named}"):
        by_hand(rows)


def test_minor_needs_no_rows_where_it_is_not_covered() -> None:
    by_hand([(row, cosine) for row, cosine in ROWS if row.name != "minor"], covers=["hat"])


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


class Reference:
    """The same formulas in plain Python, over the same float32 rows."""

    def __init__(self, words: Taxonomy, embedding: NDArray[np.float32]) -> None:
        rows = prompt_rows(words)
        vectors = prompt_matrix(rows).tolist()
        here = embedding.tolist()
        self.words = words
        self.logits = {
            (row.kind, row.name, row.style, row.text): math.exp(fakes.LOGIT_SCALE)
            * math.fsum(a * b for a, b in zip(vector, here, strict=True))
            + fakes.LOGIT_BIAS
            for row, vector in zip(rows, vectors, strict=True)
        }

    def logit(self, name: str, style: str | None) -> float:
        own = self.logits.get(("filter", name, style, None))
        return self.logits["filter", name, None, None] if own is None else own

    def neutral(self, style: str | None) -> float:
        levels = [level for (kind, _, of, _), level in self.logits.items() if kind == "neutral" and of == style]
        return math.log(math.fsum(map(math.exp, levels)) / len(levels))

    def contrast(self, name: str, style: str | None) -> float:
        entry = self.words.filter(name)
        members = [entry] if entry.group is None else self.words.group_members(entry.group)
        neutral = self.neutral(None if entry.category == taxonomy.STYLE_CATEGORY else style)
        weights = {other.name: math.exp(self.logit(other.name, style) / fakes.TEMPERATURE) for other in members}
        return weights[name] / (math.fsum(weights.values()) + math.exp(neutral / fakes.TEMPERATURE))

    def minor(self) -> float:
        levels = [level for (kind, name, _, _), level in self.logits.items() if (kind, name) == ("moderation", "minor")]
        return sigmoid((max(levels) - self.neutral(None)) / fakes.TEMPERATURE)


@pytest.mark.parametrize("style", [None, "anime", "photorealistic", "3d_render", "artistic"])
@pytest.mark.parametrize("picture", [blocks(), noise(30, 20), plain((30, 60, 220))], ids=["blocks", "noise", "blue"])
def test_every_filter_agrees_with_plain_python(style: str | None, picture: object, model: SemanticModel) -> None:
    words = taxonomy.load()
    embedding = ColorEncoder().embed(picture)  # type: ignore[arg-type]
    reference = Reference(words, embedding)
    names = [entry.name for entry in words.filters]
    for score in model.detector.score(embedding, names, style=style):
        assert score.logit == pytest.approx(reference.logit(score.filter, style), abs=1e-12)
        assert score.raw == pytest.approx(sigmoid(reference.logit(score.filter, style)), abs=1e-13)
        assert score.confidence == pytest.approx(reference.contrast(score.filter, style), abs=1e-13)
    assert model.detector.minor(embedding) == pytest.approx(reference.minor(), abs=1e-13)
    for name, prompt in zip(names, model.detector.best_prompts(embedding, names), strict=True):
        assert prompt is not None
        by_prompt = {text: reference.logits["prompt", name, None, text] for text in words.filter(name).prompts}
        assert prompt.text == max(by_prompt, key=lambda text: by_prompt[text])
        assert prompt.logit == pytest.approx(by_prompt[prompt.text], abs=1e-12)


NAMES = [entry.name for entry in taxonomy.load().filters]
PARTLY = fake_model(taxonomy.load(), covers=[name for name in NAMES if name not in {"red_hair", "anime", "woman"}])
WHOLLY = fake_model(taxonomy.load(), fitted=dict.fromkeys(NAMES[::2], (0.7, 0.1)))
EMBEDDINGS = [ColorEncoder().embed(noise(16, 16, seed)) for seed in range(4)]


@given(
    st.permutations(NAMES).flatmap(lambda names: st.integers(1, len(names)).map(lambda count: names[:count])),
    st.sampled_from(["raw", "contrast", "fitted"]),
    st.sampled_from([None, "anime", "artistic"]),
    st.sampled_from(EMBEDDINGS),
)
@settings(max_examples=60)
def test_a_score_does_not_depend_on_what_else_is_asked_for(
    names: list[str], profile: str, style: str | None, embedding: NDArray[np.float32]
) -> None:
    """Bit for bit: order, number and company of the names change nothing."""
    for detector in (PARTLY.detector, WHOLLY.detector):
        if profile not in detector.profiles:
            continue
        together = detector.score(embedding, names, profile=profile, style=style)
        for name, score in list(zip(names, together, strict=True))[:8]:
            assert detector.score(embedding, [name], profile=profile, style=style) == [score]


def test_the_layout_of_the_matrix_changes_nothing() -> None:
    words = taxonomy.load()
    rows = prompt_rows(words)
    matrix = prompt_matrix(rows)
    scoring = fakes.manifest(words).scoring
    names = [entry.name for entry in words.filters]
    by_row, by_column = (Detector(layout, rows, words, scoring, None) for layout in (matrix, np.asfortranarray(matrix)))
    for embedding in EMBEDDINGS:
        assert by_row.score(embedding, names) == by_column.score(embedding, names)
        for name in names[:20]:
            assert by_column.score(embedding, [name]) == by_row.score(embedding, [name])


@given(st.floats(-200, 200), st.floats(0.01, 10))
@settings(max_examples=100)
def test_confidences_stay_within_bounds(bias: float, temperature: float) -> None:
    detector = by_hand(scoring=replace_scoring(logit_bias=bias, temperature=temperature))
    for score in detector.score(HERE, [entry.name for entry in FILTERS]):
        assert score.raw is not None
        assert score.confidence is not None
        assert 0 <= score.raw <= 1
        assert 0 <= score.confidence <= 1


def test_the_null_taxonomy_is_refused() -> None:
    with pytest.raises(DetectorError, match="the neutral descriptions"):
        Detector(np.zeros((0, 2), np.float32), [], replace(WORDS, filters=()), replace_scoring(fitted=None), [])
