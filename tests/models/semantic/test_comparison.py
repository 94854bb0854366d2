from collections.abc import Sequence

import numpy as np
import pytest

import taxonomy
from functions.semantic.detector import Detector
from models import pictures
from models.pictures import PictureSet
from models.semantic import tolerances
from models.semantic.comparison import MOST_TEXTS, ImageComparison, plain_prompts
from tests.functions.fakes import manifest, prompt_matrix, prompt_rows

WORDS = taxonomy.load()
ROWS = prompt_rows(WORDS)
MATRIX = prompt_matrix(ROWS)
COVERS = ("red_hair", "beach", "anime", "explicit", "minor")


def _comparison(covers: Sequence[str]) -> ImageComparison:
    few = PictureSet(pictures.load().pictures[:2], "0" * 64)
    return ImageComparison(few, MATRIX, ROWS, WORDS, manifest(WORDS, covers=covers))


def _row(kind: str, name: str) -> np.ndarray:
    return next(
        MATRIX[place] for place, row in enumerate(ROWS) if (row.kind, row.name, row.style) == (kind, name, None)
    )


def test_a_decision_flips_only_away_from_its_threshold() -> None:
    before = np.array([0.31, 0.26, 0.49, 0.50, 0.20, 0.70])
    after = np.array([0.24, 0.24, 0.51, 0.44, 0.20, 0.30])
    thresholds = np.array([0.25, 0.25, 0.50, 0.50, 0.25, 0.50])
    # The first and the last; three more within 0.05; the fifth stays below.
    assert tolerances.flipped(before, after, thresholds) == (2, 3)


def test_figures_have_the_limits_they_should() -> None:
    change = np.arange(101.0) / 100
    found = {name: (figure.value, figure.limit) for name, figure in tolerances.figures(change, 3).items()}
    assert found == {
        "max_logit_change": (1, 0.5),
        "p95_logit_change": (pytest.approx(0.95), 0.2),
        "decisions_flipped": (3, 0),
    }


def test_every_decision_of_the_service_is_compared() -> None:
    """One picture reads as a beach in fp32 and as red hair in int8, the other as a minor and as nothing."""
    comparison = _comparison(COVERS)
    reference = np.stack([_row("filter", "beach"), _row("moderation", "minor")])
    answers = np.stack([_row("filter", "red_hair"), -_row("moderation", "minor")])
    found = comparison.judge(reference, answers, range(2))
    detector = Detector(MATRIX, ROWS, WORDS, manifest(WORDS).scoring, COVERS)
    flips = near = decisions = 0
    for first, second in zip(reference, answers, strict=True):
        pairs = []
        for style in (None, *(style.name for style in WORDS.styles)):
            names = [name for name in COVERS if name not in ("explicit", "minor")]
            one, two = (detector.score(row, names, style=style) for row in (first, second))
            pairs += [(a.confidence, b.confidence, t) for a, b in zip(one, two, strict=True) for t in (0.25, 0.5)]
        for name, threshold in (("minor", 0.2), ("explicit", 0.5)):
            both = [next(score for score in detector.moderate(row) if score.name == name) for row in (first, second)]
            pairs.append((both[0].confidence, both[1].confidence, threshold))
        for a, b, threshold in pairs:
            assert a is not None
            assert b is not None
            decisions += 1
            if (a >= threshold) != (b >= threshold):
                flips, near = (flips, near + 1) if abs(a - threshold) <= 0.05 else (flips + 1, near)
    assert flips > 4
    assert found.figures["decisions_flipped"].value == flips
    assert (found.notes["decisions"], found.notes["decisions_flipped_near_threshold"]) == (decisions, near)
    assert decisions == 2 * (3 * 5 * 2 + 2)
    assert not found.met
    same = comparison.judge(reference, reference, range(2))
    assert same.met
    assert same.figures["max_logit_change"].value == 0
    assert same.notes["min_cosine"] == pytest.approx(1)


def test_what_is_not_covered_does_not_count() -> None:
    reference = np.stack([_row("filter", "beach")])
    towards = reference + 0.05 * _row("filter", "kimono")
    turned = (towards / np.linalg.norm(towards)).astype(np.float32)
    few, all_of_them = (
        _comparison(covers).judge(reference, turned, [0]).figures["max_logit_change"].value
        for covers in (["anime"], ["anime", "kimono"])
    )
    assert few < all_of_them


def test_texts_are_covered_prompts_evenly_chosen() -> None:
    every = plain_prompts(WORDS, frozenset(entry.name for entry in WORDS.filters))
    assert len(every) == len(set(every)) == MOST_TEXTS
    assert set(every) <= {taxonomy.canonicalize(prompt) for entry in WORDS.filters for prompt in entry.prompts}
    kimono = plain_prompts(WORDS, {"kimono"})
    assert kimono == tuple(dict.fromkeys(taxonomy.canonicalize(prompt) for prompt in WORDS.filter("kimono").prompts))
    assert plain_prompts(WORDS, {"minor"}) == every
