"""Decisions at their thresholds, and what follows from them."""

from dataclasses import replace
from typing import Any

import pytest

from functions.common.errors import InvalidRequest, UnknownFilter
from functions.semantic import explanation
from functions.semantic.gate import DecisionThresholds, Gate
from functions.semantic.model import SemanticModel
from functions.semantic.moderation import minor_threshold
from functions.semantic.schemas.align import AlignmentResult, AlignOptions, NearestFilter
from functions.semantic.schemas.detect import DetectOptions
from functions.semantic.schemas.moderate import ModerateOptions
from functions.semantic.schemas.scoring import AttributeScore, MinorScore
from functions.semantic.scores import Embedding, Profile, Score
from taxonomy import Taxonomy
from tests.functions.fakes import COLORS, ColorEncoder, fake_model
from tests.functions.pictures import blocks, plain

THRESHOLDS = DecisionThresholds(detection=0.25, alignment=0.5, minor=0.2)
BLUE = ColorEncoder().embed(plain(COLORS["blue_hair"]))
BLOCKS = ColorEncoder().embed(blocks())


@pytest.fixture
def gate(words: Taxonomy, model: SemanticModel) -> Gate:
    return Gate(words, model.detector, THRESHOLDS)


def gate_of(words: Taxonomy, covers: list[str], **thresholds: float) -> Gate:
    return Gate(words, fake_model(words, covers=covers).detector, replace(THRESHOLDS, **thresholds))


def test_found_best_first_from_the_threshold_on(gate: Gate) -> None:
    names = gate.selected(DetectOptions())
    everything = gate.detect(BLOCKS, names, DetectOptions(min_confidence=0)).attributes
    assert len(everything) == len(names)
    confidences = [found.confidence or 0 for found in everything]
    assert confidences == sorted(confidences, reverse=True)
    cut = everything[10].confidence
    found = gate.detect(BLOCKS, names, DetectOptions(min_confidence=cut)).attributes
    assert [entry.filter for entry in found] == [entry.filter for entry in everything[:11]], "the threshold is inside"
    assert {entry.threshold for entry in found} == {cut}
    default = gate.detect(BLOCKS, names, DetectOptions()).attributes
    assert {entry.threshold for entry in default} == {0.25}
    assert [entry.filter for entry in default] == [
        entry.filter for entry, confidence in zip(everything, confidences, strict=True) if confidence >= 0.25
    ]


def test_no_more_than_asked_for(gate: Gate) -> None:
    names = gate.selected(DetectOptions())
    everything = gate.detect(BLOCKS, names, DetectOptions(min_confidence=0)).attributes
    assert gate.detect(BLOCKS, names, DetectOptions(min_confidence=0, max_results=3)).attributes == everything[:3]


def test_equals_are_in_order_of_their_names(words: Taxonomy, gate: Gate) -> None:
    """Where nothing tells filters apart the answer is still one."""
    flat = Gate(words, fake_model(words).detector, THRESHOLDS)
    nowhere = BLOCKS * 0
    found = flat.detect(nowhere, gate.selected(DetectOptions()), DetectOptions(min_confidence=0)).attributes
    alone = [entry.filter for entry in found if words.filter(entry.filter).group is None]
    assert alone == sorted(alone)


def test_alignment_of_what_is_there(gate: Gate) -> None:
    options = AlignOptions(requested_filters=["blue_hair"])
    result = gate.align(BLUE, gate.requested(options), options)
    (score,) = result.scores
    assert isinstance(score, AttributeScore)
    assert (score.filter, score.category, score.covered, score.threshold) == ("blue_hair", "hair_colors", True, 0.5)
    assert result.alignment_score == score.confidence
    assert result.matched_filters == ["blue_hair"]
    assert result.missing_filters == []


def test_the_score_is_the_lowest_confidence(gate: Gate) -> None:
    options = AlignOptions(requested_filters=["blue_hair", "red_hair", "beach"])
    result = gate.align(BLUE, gate.requested(options), options)
    assert [score.filter for score in result.scores] == ["blue_hair", "red_hair", "beach"]
    lowest = min(score.confidence for score in result.scores if score.confidence is not None)
    assert result.alignment_score == lowest
    assert "red_hair" in result.missing_filters
    assert set(result.matched_filters) | set(result.missing_filters) == {"blue_hair", "red_hair", "beach"}
    assert "missing_filters" in result.reasons
    assert not result.is_aligned


def test_the_alignment_threshold_is_inside(gate: Gate) -> None:
    options = AlignOptions(requested_filters=["beach"])
    exactly = gate.align(BLOCKS, ("beach",), options).alignment_score
    assert exactly is not None
    at = gate.align(BLOCKS, ("beach",), AlignOptions(requested_filters=["beach"], threshold=exactly))
    assert (at.is_aligned, at.matched_filters, at.threshold) == (True, ["beach"], exactly)
    above = gate.align(BLOCKS, ("beach",), AlignOptions(requested_filters=["beach"], threshold=min(1, exactly + 1e-9)))
    assert (above.is_aligned, above.missing_filters) == (False, ["beach"])


def aligned(gate: Gate, *requested: str, embedding: Embedding = BLUE, **options: Any) -> AlignmentResult:
    asked = AlignOptions(requested_filters=list(requested), **options)
    return gate.align(embedding, gate.requested(asked), asked)


@pytest.mark.parametrize("options", [{}, {"profile": "raw"}, {"style": "anime"}])
def test_the_best_prompt_is_told(words: Taxonomy, model: SemanticModel, gate: Gate, options: dict[str, Any]) -> None:
    result = aligned(gate, "blue_hair", "woman", "anime", **options)
    for score, best in zip(
        result.scores, model.detector.best_prompts(BLUE, [one.filter for one in result.scores]), strict=True
    ):
        assert score.prompt is not None
        assert best is not None
        assert (score.prompt.text, score.prompt.logit) == (best.text, best.logit)
        assert score.prompt.text in words.filter(score.filter).prompts


@pytest.mark.parametrize("profile", ["raw", "contrast"])
def test_the_nearest_is_the_most_confident_that_was_not_asked_for(gate: Gate, profile: Profile) -> None:
    everything = gate.detect(
        BLOCKS, gate.selected(DetectOptions()), DetectOptions(min_confidence=0, profile=profile)
    ).attributes
    first, second = everything[:2]
    nearest = aligned(gate, "woman", embedding=BLOCKS, profile=profile).nearest
    assert nearest == NearestFilter(**{key: getattr(first, key) for key in NearestFilter.model_fields})
    beside = aligned(gate, "woman", first.filter, embedding=BLOCKS, profile=profile).nearest
    assert beside is not None
    assert beside.filter == second.filter


def test_asked_for_red_and_seen_blue(gate: Gate) -> None:
    result = aligned(gate, "red_hair", "beach", "long_hair")
    red, beach, long_hair = result.scores
    blue = next(score for score in aligned(gate, "blue_hair").scores)
    assert red.nearest_in_group is not None
    assert red.nearest_in_group.filter == "blue_hair"
    assert red.nearest_in_group.confidence == blue.confidence
    assert beach.nearest_in_group is None, "it excludes no other"
    assert long_hair.nearest_in_group is None or long_hair.nearest_in_group.filter == "short_hair"
    (seen,) = aligned(gate, "blue_hair").scores
    assert seen.filter not in aligned(gate, "blue_hair").missing_filters
    assert seen.nearest_in_group is None, "nothing is missing"
    both = aligned(gate, "red_hair", "blue_hair").scores[0].nearest_in_group
    assert both is not None
    assert both.filter not in {"red_hair", "blue_hair"}, "what was asked for has its own score"


def test_nearest_in_a_group_is_among_what_is_covered(words: Taxonomy) -> None:
    gate = gate_of(words, ["red_hair", "green_hair", "beach"])
    (red,) = aligned(gate, "red_hair", threshold=1.0).scores
    assert red.nearest_in_group is not None
    assert red.nearest_in_group.filter == "green_hair"
    (uncovered,) = aligned(gate, "blue_hair").scores
    assert uncovered.prompt is None
    assert uncovered.nearest_in_group is not None, "the model cannot tell it, and can tell what excludes it"
    alone = gate_of(words, ["red_hair"])
    (only,) = aligned(alone, "red_hair", threshold=1.0).scores
    assert (only.nearest_in_group, aligned(alone, "red_hair").nearest) == (None, None)


def test_sensitive_filters_are_never_the_nearest(words: Taxonomy, gate: Gate) -> None:
    """Not even where they are all the model covers, or all that the group holds."""
    sensitive = [entry.name for entry in words.filters if entry.sensitive]
    nothing_else = gate_of(words, sensitive)
    for judged in (gate, nothing_else):
        for name in sensitive:
            result = aligned(judged, name, threshold=1.0)
            assert result.scores[0].nearest_in_group is None
            assert result.nearest is None or not words.filter(result.nearest.filter).sensitive
    assert aligned(nothing_else, "dark_skin").nearest is None


def test_between_equals_the_higher_logit_and_then_the_name(words: Taxonomy) -> None:
    def score(name: str, logit: float, confidence: float | None) -> Score:
        return Score(name, logit, 0.5, confidence)

    def named(*scores: Score) -> str | None:
        found = explanation.nearest(words, scores)
        return None if found is None else found.filter

    assert named(score("beach", 1, 1.0), score("forest", 2, 1.0), score("sunset", 9, 0.9)) == "forest"
    assert named(score("forest", 1, 1.0), score("beach", 1, 1.0)) == "beach"
    assert named(score("forest", 1, None), Score("beach", None, None, None)) is None
    assert named() is None


def test_without_a_fit_nothing_is_seen_or_aligned(words: Taxonomy) -> None:
    """A slope of 0 and a large intercept: as confident as can be, whatever the picture."""
    sure = (0.0, 30.0)
    gate = Gate(words, fake_model(words, fitted={"beach": sure, "green_hair": sure}).detector, THRESHOLDS)
    result = aligned(gate, "beach", "red_hair", profile="fitted", threshold=0)
    assert result.matched_filters == ["beach"]
    assert result.missing_filters == ["red_hair"]
    assert (result.is_aligned, result.alignment_score) == (False, None)
    assert {"missing_filters", "not_fitted"} <= set(result.reasons)
    assert "not_covered" not in result.reasons
    beach, red = result.scores
    assert beach.covered
    assert beach.confidence == pytest.approx(1, abs=1e-9)
    assert (red.covered, red.confidence) == (True, None)
    assert red.logit is not None
    assert red.raw is not None
    assert red.prompt is not None
    assert red.nearest_in_group is not None
    assert red.nearest_in_group.filter == "green_hair", "the only other one with a fit"
    options = DetectOptions(profile="fitted", min_confidence=0)
    found = gate.detect(BLUE, gate.selected(options), options).attributes
    assert {one.filter for one in found} == {"beach", "green_hair"}


def test_what_is_equally_confident_is_in_order_of_the_logits(words: Taxonomy) -> None:
    sure = dict.fromkeys(COLORS, (0.0, 40.0))
    gate = Gate(words, fake_model(words, fitted=sure).detector, THRESHOLDS)
    options = DetectOptions(profile="fitted", max_results=2)
    found = gate.detect(BLUE, gate.selected(options), options).attributes
    by_logit = sorted(gate.detector.score(BLUE, list(COLORS)), key=lambda score: -(score.logit or 0))
    assert [one.filter for one in found] == [score.filter for score in by_logit[:2]]
    assert [one.filter for one in found] != sorted(COLORS)[:2] or found[0].logit != found[1].logit
    assert {one.confidence for one in found} == {1.0}


def test_what_is_not_covered_is_missing_and_said_to_be(words: Taxonomy) -> None:
    gate = gate_of(words, ["beach"])
    options = AlignOptions(requested_filters=["beach", "forest"], threshold=0)
    result = gate.align(BLOCKS, gate.requested(options), options)
    assert result.alignment_score is None
    assert result.missing_filters == ["forest"]
    assert result.reasons == ["missing_filters", "not_covered"]
    assert not result.is_aligned
    assert [(score.covered, score.confidence) for score in result.scores][1] == (False, None)


def test_detection_leaves_out_what_is_not_covered(words: Taxonomy) -> None:
    gate = gate_of(words, ["beach"])
    options = DetectOptions(include=["beach", "forest"], min_confidence=0)
    names = gate.selected(options)
    assert names == ("beach", "forest")
    assert [found.filter for found in gate.detect(BLOCKS, names, options).attributes] == ["beach"]


def test_filters_about_people_bring_minor(words: Taxonomy, model: SemanticModel) -> None:
    confidence = model.detector.minor(BLUE)
    assert confidence is not None
    for entry in words.filters:
        result = Gate(words, model.detector, THRESHOLDS).detect(BLUE, (entry.name,), DetectOptions())
        expected = MinorScore(confidence=confidence, threshold=0.2, flagged=confidence >= 0.2)
        about_people = next(kind.about_people for kind in words.categories if kind.name == entry.category)
        assert result.minor == (expected if about_people else None)


def test_minor_makes_a_picture_unfit_from_its_threshold_on(words: Taxonomy, model: SemanticModel) -> None:
    confidence = model.detector.minor(BLUE)
    assert confidence is not None
    options = AlignOptions(requested_filters=["blue_hair"], threshold=0)
    flagged = Gate(words, model.detector, replace(THRESHOLDS, minor=confidence)).align(BLUE, ("blue_hair",), options)
    assert (flagged.is_aligned, flagged.reasons) == (False, ["minor"])
    assert flagged.minor == MinorScore(confidence=confidence, threshold=confidence, flagged=True)
    above = replace(THRESHOLDS, minor=confidence + 1e-9)
    passed = Gate(words, model.detector, above).align(BLUE, ("blue_hair",), options)
    assert (passed.is_aligned, passed.reasons) == (True, [])


def test_no_other_moderation_class_does(words: Taxonomy, model: SemanticModel) -> None:
    """What else is unfit depends on what the pictures are for: /moderate says what there is, the caller decides."""
    others = tuple(entry if entry.name == "minor" else replace(entry, threshold=1e-9) for entry in words.moderation)
    gate = Gate(replace(words, moderation=others), model.detector, replace(THRESHOLDS, minor=1.0))
    classes = gate.moderation.judge(BLUE, ModerateOptions()).classes
    unsafe = {entry.name for entry in classes if entry.unsafe and entry.flagged}
    assert unsafe == {"explicit", "violence"}
    options = AlignOptions(requested_filters=["blue_hair"])
    result = gate.align(BLUE, gate.requested(options), options)
    assert (result.is_aligned, result.reasons) == (True, [])


def test_minor_not_covered_is_null_never_false(words: Taxonomy) -> None:
    gate = gate_of(words, ["blue_hair"])
    options = AlignOptions(requested_filters=["blue_hair"], threshold=0)
    result = gate.align(BLUE, ("blue_hair",), options)
    assert result.minor == MinorScore(confidence=None, threshold=0.2, flagged=None)
    assert result.is_aligned


def with_threshold(words: Taxonomy, **thresholds: float) -> Taxonomy:
    """The taxonomy with these thresholds of moderation classes."""
    changed = (replace(entry, threshold=thresholds.get(entry.name, entry.threshold)) for entry in words.moderation)
    return replace(words, moderation=tuple(changed))


def test_a_rejected_class_is_judged_as_moderation_does(words: Taxonomy, gate: Gate, model: SemanticModel) -> None:
    moderated = {one.name: one for one in gate.moderation.judge(BLUE, ModerateOptions()).classes}
    names = ["violence", "minor", "explicit"]
    scores = aligned(gate, "beach", reject=names).moderation
    assert scores is not None
    assert [one.name for one in scores] == names
    for one in scores:
        seen = moderated[one.name]
        assert (one.confidence, one.threshold, one.flagged) == (seen.confidence, seen.threshold, seen.flagged)
    strict = replace(THRESHOLDS, minor=scores[1].confidence or 0.0)
    result = aligned(Gate(words, model.detector, strict), "blue_hair", reject=["minor"])
    assert not result.is_aligned
    assert "rejected" in result.reasons


def test_a_class_counts_where_it_is_rejected_and_nowhere_else(words: Taxonomy, model: SemanticModel) -> None:
    """From its threshold on; a request's own threshold is that of its filters."""
    lax = replace(THRESHOLDS, minor=1.0)
    confidence = {one.name: one.confidence for one in model.detector.moderate(BLUE)}["explicit"]
    assert confidence is not None
    at = Gate(with_threshold(words, explicit=confidence, violence=1.0), model.detector, lax)
    assert aligned(at, "blue_hair").is_aligned
    assert aligned(at, "blue_hair").moderation is None
    assert aligned(at, "blue_hair", reject=["violence"]).is_aligned
    result = aligned(at, "blue_hair", threshold=0.1, reject=["violence", "explicit"])
    assert (result.is_aligned, result.reasons, result.missing_filters) == (False, ["rejected"], [])
    above = Gate(with_threshold(words, explicit=confidence + 1e-9), model.detector, lax)
    assert aligned(above, "blue_hair", reject=["explicit"]).is_aligned


def test_a_rejected_class_that_is_not_covered_is_not_taken_to_be_absent(words: Taxonomy) -> None:
    gate = gate_of(with_threshold(words, violence=1.0), ["beach", "violence"], alignment=0.0)
    result = aligned(gate, "beach", reject=["explicit", "violence"])
    assert (result.is_aligned, result.reasons) == (False, ["rejection_not_covered"])
    assert result.moderation is not None
    explicit, violence = result.moderation
    assert (explicit.confidence, explicit.flagged) == (None, None)
    assert violence.flagged is False


@pytest.mark.parametrize(
    ("reject", "detail"),
    [
        (["suggestive"], "reject[0] must be a moderation class with a threshold: explicit, violence or minor"),
        (["explicit", "beach"], "reject[1] must be a moderation class with a threshold: explicit, violence or minor"),
        (["explicit", "explicit"], "reject[1] is the same as reject[0]; each name may appear once"),
    ],
)
def test_what_cannot_be_rejected(gate: Gate, reject: list[str], detail: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        gate.requested(AlignOptions(requested_filters=["beach"], reject=reject))
    assert (refusal.value.detail, refusal.value.pointer) == (detail, f"/reject/{len(reject) - 1}")


def test_the_minor_threshold_is_the_taxonomys_unless_chosen(words: Taxonomy) -> None:
    own = next(entry.threshold for entry in words.moderation if entry.name == "minor")
    assert own is not None
    assert minor_threshold(words, None) == own
    assert minor_threshold(words, 0.0) == 0.0
    assert minor_threshold(words, 0.9) == 0.9


def test_profiles_and_names_are_checked_before_the_picture(gate: Gate) -> None:
    with pytest.raises(InvalidRequest, match="with this model, profile must be raw or contrast") as refusal:
        gate.selected(DetectOptions(profile="fitted"))
    assert refusal.value.pointer == "/profile"
    with pytest.raises(InvalidRequest):
        gate.requested(AlignOptions(requested_filters=["anime"], profile="fitted"))
    with pytest.raises(UnknownFilter):
        gate.requested(AlignOptions(requested_filters=["nothing"]))
