"""The arithmetic of a plan, redone by hand."""

import json
import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import pricing
from ops.errors import OpsError
from ops.plan import break_even
from ops.plan.assumptions import Assumptions
from ops.plan.endpoint import plan_endpoint
from ops.plan.measurements import Measurement, read_measurements
from ops.plan.queueing import cold_share, environments_at, overflow_share
from ops.plan.settings import Setting, evaluate, needed_memory_mb, request_seconds, start_seconds
from ops.plan.workload import ROUTES, Workload

MEASURED = Measurement(
    function="semantic",
    model="so400m-patch14-384",
    title="so400m/14 at 384",
    accuracy=84.1,
    picture_seconds=1.1,
    spread=1.2,
    start_seconds=1.5,
    peak_mb=700.0,
    model_mb=440.0,
    threads=2,
    processor="any",
    date="2026-11-20",
)
SETTING = Setting(measurement=MEASURED, architecture="x86_64", memory_mb=3538, kept=0)
WORKLOAD = Workload(images_per_day=86_400, peak_per_second=1.0, p95_seconds=3)
ASSUMED = Assumptions()


def table() -> pricing.PriceTable:
    found = pricing.load("us-east-1")
    assert found is not None
    return found


def test_amdahl_from_two_threads_to_the_cores_of_a_memory() -> None:
    assert request_seconds(SETTING, WORKLOAD, ASSUMED) == pytest.approx(1.1), "two vCPUs are what was measured"
    # 0.1 + 0.9 / 2 = 0.55 of a core's time was measured: one core takes 2 s.
    assert request_seconds(replace(SETTING, memory_mb=1769), WORKLOAD, ASSUMED) == pytest.approx(2.0)
    assert request_seconds(replace(SETTING, memory_mb=7076), WORKLOAD, ASSUMED) == pytest.approx(2 * (0.1 + 0.9 / 4))
    half = replace(SETTING, memory_mb=1024)
    assert request_seconds(half, WORKLOAD, ASSUMED) == pytest.approx(2.0 * 1769 / 1024), "below a vCPU in proportion"
    assert request_seconds(replace(SETTING, architecture="arm64"), WORKLOAD, ASSUMED) == pytest.approx(1.1 * 1.5)
    assert request_seconds(
        SETTING, replace(WORKLOAD, route="batch", images_per_request=5), ASSUMED, 2.0
    ) == pytest.approx(11.0)


def test_a_cold_start_and_the_memory() -> None:
    assert start_seconds(SETTING, ASSUMED) == pytest.approx(550 / 100 + 1.5)
    assert needed_memory_mb(MEASURED, ASSUMED) == 1320


@pytest.mark.parametrize(
    ("kept", "load", "share"),
    [(0, 3.0, 1.0), (1, 1.0, 0.5), (2, 1.0, 0.2), (3, 2.0, 4 / 19), (10, 0.0, 0.0), (0, 0.0, 1.0)],
)
def test_erlangs_loss_formula(kept: int, load: float, share: float) -> None:
    assert overflow_share(kept, load) == pytest.approx(share)


@pytest.mark.parametrize(("kept", "load"), [(200, 1e-6), (200, 150.0), (200, 200.0), (900, 1e4), (2, 1e6)])
def test_its_sum_is_its_recursion(kept: int, load: float) -> None:
    blocked = 1.0
    for count in range(1, kept + 1):
        blocked = load * blocked / (count + load * blocked)
    assert overflow_share(kept, load) == pytest.approx(blocked, rel=1e-12, abs=1e-16)


def test_littles_law_and_cold_starts() -> None:
    assert environments_at(5, 2.0, 0.0) == 10
    assert environments_at(50, 2.0, 2.0) == 120
    assert environments_at(0.001, 1.0, 2.0) == 1
    assert cold_share(1 / 600, 600) == pytest.approx(math.exp(-1))


def test_the_hours_of_a_day_make_its_volume() -> None:
    for workload in (
        WORKLOAD,
        replace(WORKLOAD, images_per_day=1000),
        replace(WORKLOAD, images_per_day=40_000, route="batch", images_per_request=4),
    ):
        hours = workload.hourly_requests_per_second()
        assert sum(hours) * 3600 * workload.images_per_request == pytest.approx(workload.images_per_day)
        assert hours == sorted(hours, reverse=True)
        assert max(hours) <= 4 * sum(hours) / 24 * (1 + 1e-9)
    assert WORKLOAD.hourly_requests_per_second() == pytest.approx([1.0] * 24), "a peak that is the mean is an even day"


def test_the_bill_of_an_even_day() -> None:
    outcome = evaluate(SETTING, WORKLOAD, table(), replace(ASSUMED, idle_seconds=1e9))
    requests = Decimal(86_400 * 730) / 24
    assert outcome.p95_seconds == pytest.approx(1.1 * 1.2)
    assert outcome.broken == ()
    lines = {line.key: line.usd for line in outcome.bill.lines}
    gb_seconds = requests * Decimal("1.1") * 3538 / 1024
    assert float(lines["lambda.on_demand.x86_64"] or 0) == pytest.approx(float(gb_seconds * Decimal("0.0000166667")))
    assert float(lines["gateway.rest"] or 0) == pytest.approx(float(requests * Decimal("3.5E-6")))
    assert float(lines["logs.ingest"] or 0) == pytest.approx(float(requests * 2000 / 10**9 / 2))
    assert outcome.usd == sum(usd or Decimal("nan") for usd in lines.values())


def test_what_is_kept_takes_calls_and_costs_by_the_second() -> None:
    outcome = evaluate(replace(SETTING, kept=1), WORKLOAD, table(), ASSUMED)
    units = {line.key: float(line.units) for line in outcome.bill.lines}
    taken = 1 - overflow_share(1, 1.1)
    month = 86_400 * 730 / 24
    assert units["lambda.provisioned.x86_64"] == pytest.approx(month * taken * 1.1 * 3538 / 1024)
    assert units["lambda.provisioned_kept.x86_64"] == pytest.approx(730 * 3600 * 3538 / 1024)


def test_limits_are_named() -> None:
    lonely = replace(WORKLOAD, images_per_day=10, peak_per_second=0.01)
    assert evaluate(SETTING, lonely, table(), ASSUMED).broken == ("p95: 8.32 s, above the 3 s asked for",)
    assert evaluate(replace(SETTING, kept=1), lonely, table(), ASSUMED).broken == ()
    small = evaluate(replace(SETTING, memory_mb=1024), replace(WORKLOAD, p95_seconds=9), table(), ASSUMED)
    assert small.broken == ("memory: 1,024 MB, and 1,320 MB are needed",)
    crowd = replace(WORKLOAD, peak_per_second=2000)
    assert evaluate(SETTING, crowd, table(), ASSUMED).broken == (
        "concurrency: 2,294 environments at the peak, above the limit of 1,000",
    )
    batch = replace(WORKLOAD, route="batch", images_per_request=30, p95_seconds=60)
    assert evaluate(SETTING, batch, table(), ASSUMED).broken == (
        "a cold call takes 40.0 s, and the gateway gives up after 29 s",
    )


def test_break_even_points() -> None:
    assert break_even.provisioned_busy_share("arm64", table()) == pytest.approx(Decimal("0.6"), abs=Decimal("0.001"))
    assert break_even.arm64_time_ratio(table()) == pytest.approx(Decimal("1.25"), abs=Decimal("0.001"))
    # A million at 0.001 and the other 1,628,000 at 0.0008.
    assert break_even.rekognition_line(WORKLOAD, table()) == pricing.Line(
        "rekognition.labels", Decimal(2_628_000), Decimal("2302.4")
    )
    # The next four million at 0.0008, and the other 21,280,000 at 0.0006, or less: what comes after is not known.
    crowd = break_even.rekognition_line(replace(WORKLOAD, images_per_day=864_000, peak_per_second=10), table())
    assert crowd == pricing.Line("rekognition.labels", Decimal(26_280_000), Decimal(16_968), at_most=True)
    outcome = evaluate(SETTING, WORKLOAD, table(), ASSUMED)
    volume = break_even.instance_images_per_day(outcome, WORKLOAD, "ml.g6.xlarge", table())
    assert volume is not None
    assert outcome.usd is not None
    assert float(volume * outcome.usd / 86_400) == pytest.approx(730 * 1.127)
    assert break_even.instance_images_per_day(outcome, WORKLOAD, "ml.p9.xlarge", table()) is None


def test_instances_for_the_peak() -> None:
    one = plan_endpoint(replace(WORKLOAD, peak_per_second=30), "ml.g6.xlarge", 20.0, table(), ASSUMED)
    assert (one.instances, one.bill.usd) == (3, Decimal("2468.13"))
    assert plan_endpoint(WORKLOAD, "ml.p9.xlarge", 20.0, table(), ASSUMED).bill.usd is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"images_per_day": 0}, "images_per_day must be above 0"),
        ({"p95_seconds": math.nan}, "p95_seconds must be above 0"),
        ({"peak_per_second": 0.5}, "a peak of 0.5 is less than that"),
        ({"route": "ping"}, "the route must be one of detect"),
        ({"images_per_request": 2}, "/detect takes one picture a request, not 2"),
        ({"route": "batch", "images_per_request": 51}, "/batch takes at most 50 pictures a request, not 51"),
    ],
)
def test_workloads_that_mean_nothing(changes: dict[str, float], sentence: str) -> None:
    with pytest.raises(OpsError, match=sentence):
        replace(WORKLOAD, **changes)  # type: ignore[arg-type]  # a wrong value is the point


def test_as_many_pictures_a_request_as_the_contract_takes() -> None:
    for function, schema, field, route in (
        ("semantic", "BatchRequest", "images", "batch"),
        ("aesthetic", "ScoreBatchRequest", "candidates", "score-batch"),
    ):
        contract = json.loads(Path(f"clients/openapi/{function}.json").read_text(encoding="utf-8"))
        properties = contract["components"]["schemas"][schema]["properties"]
        assert properties[field]["maxItems"] == ROUTES[route].most_images


def test_the_committed_measurements() -> None:
    found = {measured.model: measured for measured in read_measurements()}
    assert list(found) == ["base-patch16-256", "large-patch16-256", "so400m-patch16-256", "so400m-patch14-384"]
    assert all(measured.threads == 2 and measured.spread >= 1 for measured in found.values())
    times = [measured.picture_seconds for measured in found.values()]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "has no measured speed of aesthetic: make bench"),
        ("{", "are of another form"),
        ("[]", "are of another form"),
        ("{}", "lack 'engines'"),
    ],
)
def test_results_that_cannot_be_planned_with(content: str | None, sentence: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "2026-11-20-x-aesthetic.json").write_text(content, encoding="utf-8")
    with pytest.raises(OpsError, match=sentence):
        read_measurements("score", tmp_path)


def test_the_reward_model_is_planned_by_its_own_measurements() -> None:
    (alone,), (candidate,) = read_measurements("score"), read_measurements("score-batch")
    assert (alone.function, alone.model) == (candidate.function, candidate.model) == ("aesthetic", "image-reward")
    assert 0 < candidate.picture_seconds < 1.2 * alone.picture_seconds < 60
    assert 400 < alone.model_mb < alone.peak_mb
    workload = replace(WORKLOAD, route="score-batch", images_per_request=10)
    assert break_even.rekognition_line(workload, table()) is None, "it says nothing of what people like"
