"""Best, median, targets, cosines, overhead: worked out by hand."""

import pytest

from bench.engine_process import Start
from bench.page_cache import Eviction
from bench.results import EngineResult, cold_warnings, cosine, floor, overhead, seconds_of
from bench.semantic_targets import targets
from bench.targets import Target, render_targets
from bench.timings import Timings, timings


def start(seconds: float, read_mb: float = 100.0) -> Start:
    return Start(seconds, 0.1, 0.2, 0.3, read_mb=read_mb, model_read_mb=read_mb - 80)


def result(
    key: str,
    *seconds: float,
    cold: tuple[Start, ...] = (),
    warm: tuple[Start, ...] = (),
    peak_mb: float = 700.0,
    evictions: tuple[Eviction, ...] = (),
) -> EngineResult:
    return EngineResult(key, key, Timings(seconds), peak_mb, None, cold, warm, evictions)


def test_best_and_median() -> None:
    assert (timings([3, 1, 2]).best, timings([3, 1, 2]).median) == (1, 2)
    assert timings([4, 1, 2, 3]).median == 2.5
    assert seconds_of([{"seconds": 2.0}, {"seconds": 1.0}]).as_json() == {"best": 1.0, "median": 1.5, "all": [2.0, 1.0]}


@pytest.mark.parametrize("seconds", [(), (1.0, -0.1)])
def test_timings_there_cannot_be(seconds: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="timings"):
        Timings(seconds)


@pytest.mark.parametrize(
    ("typical", "best", "at_least", "verdict"),
    [
        (2.0, 1.0, False, "yes"),
        (2.1, 2.0, False, "at best"),
        (2.2, 2.1, False, "no"),
        (2.0, 3.0, True, "yes"),
        (1.9, 2.0, True, "at best"),
        (1.8, 1.9, True, "no"),
    ],
)
def test_verdicts(typical: float, best: float, at_least: bool, verdict: str) -> None:
    target = Target("peak", 2.0, "s", typical, best, at_least=at_least)
    assert target.verdict == target.as_json()["verdict"] == verdict


def test_a_miss_is_printed() -> None:
    table = render_targets([Target("peak memory", 800, "MB", 950.4, 950.4), Target("filters", 2, "ms", 2.5, 1.5)])
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert rows == [
        ["peak memory", "at most 800 MB", "950 MB", "950 MB", "no"],
        ["filters", "at most 2 ms", "2.5 ms", "1.5 ms", "at best"],
    ]


def test_targets_of_the_semantic_service() -> None:
    """Medians: 4.5 / 1.5 = 3; cold 3 of 12. Best: 4 / 1 = 4. The service starts in 5 of 12."""
    ours = result("imajin", 1.0, 1.5, 2.0, cold=(start(3, 450), start(3, 460)), warm=(start(2),), peak_mb=640)
    service = result("service", 2.0, cold=(start(5, 510),), warm=(start(2),), peak_mb=810)
    peer = result("transformers-fp32", 4.0, 4.5, 5.0, cold=(start(12, 1700),), warm=(start(10),))
    asked = overhead([{"seconds": 1.045, "timing_ms": {"inference": 1000.0, "total": 1040.0}}])
    found = targets({r.key: r for r in (ours, service, peer)}, asked, Timings((0.003,)))
    assert {one.name: (round(one.typical, 4), round(one.best, 4), one.verdict) for one in found} == {
        "a picture, times faster than transformers fp32": (3.0, 4.0, "yes"),
        "the same, stretch target": (3.0, 4.0, "at best"),
        "warm start, encoder, part of transformers'": (0.2, 0.2, "yes"),
        "cold start, encoder, part of transformers'": (0.25, 0.25, "yes"),
        "warm start, whole service, part of transformers'": (0.2, 0.2, "yes"),
        "cold start, whole service, part of transformers'": (0.4167, 0.4167, "no"),
        "peak memory, encoder": (640, 640, "yes"),
        "peak memory, whole service": (810, 810, "no"),
        "read before the first answer, encoder": (460, 450, "yes"),
        "of that the model, encoder": (380, 380, "yes"),
        "read before the first answer, whole service": (510, 510, "no"),
        "of that the model, whole service": (430, 430, "yes"),
        "a request without the encoder": (45.0, 45.0, "no"),
        "all filters scored": (3.0, 3.0, "no"),
    }


def test_what_was_not_measured_has_no_target() -> None:
    found = targets({"imajin": result("imajin", 1.0)}, None, None)
    assert [target.name for target in found] == ["peak memory, encoder"]


def test_overhead_is_what_is_left_beside_the_encoder() -> None:
    answers = [
        {"seconds": 1.030, "timing_ms": {"decode": 8.0, "inference": 1000.0, "total": 1025.0}},
        {"seconds": 2.050, "timing_ms": {"decode": 10.0, "inference": 2000.0, "total": 2040.0}},
    ]
    found = overhead(answers)
    assert found.outside.seconds == pytest.approx((0.030, 0.050))
    assert found.inside.seconds == pytest.approx((0.025, 0.040))
    assert found.stages_ms == {"decode": 9.0, "inference": 1500.0, "total": 1532.5}


def test_floor() -> None:
    found = floor([{"seconds": s, "attention_seconds": s / 2, "gigaops": 600.0} for s in (1.0, 2.0)])
    assert (found.products.best, found.attention.best, found.gigaops) == (1.0, 0.5, 600.0)


def test_cosine() -> None:
    assert cosine([1, 0], [2, 0]) == pytest.approx(1)
    assert cosine([1, 0], [0, 3]) == pytest.approx(0)
    assert cosine([3, 4], [-3, -4]) == pytest.approx(-1)
    assert cosine(None, [1]) is None
    assert cosine([1], None) is None


def test_starts_that_were_not_cold_are_told() -> None:
    fine = result("fine", 1.0, cold=(start(1, 90),), evictions=(Eviction(100, 1),))
    kept = result("kept", 1.0, cold=(start(1, 90), start(1, 90)), evictions=(Eviction(100, 1), Eviction(100, 30)))
    nothing_read = result("nothing read", 1.0, cold=(start(1, 0),), evictions=(Eviction(100, 0),))
    assert cold_warnings([fine, kept, nothing_read]) == [
        "cold starts of kept: 30 of 100 MB stayed in the page cache",
        "cold starts of nothing read: the kernel counted nothing as read from storage",
    ]
