"""`python -m ops plan`: what it chooses, what it says, and what it writes."""

import difflib
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from infra.config import load_config
from ops.cli import main
from ops.errors import OpsError
from ops.files import ROOT
from ops.money import told_usd
from ops.plan import document, terminal
from ops.plan.command import make_report
from ops.plan.settings import evaluate
from ops.plan.stage_setting import write_setting
from ops.plan.wording import headline
from tests.ops.cost_report.test_documents import outline
from tests.ops.plan.options import plan_options
from tests.ops.plan.test_arithmetic import ASSUMED, SETTING, WORKLOAD, table
from tests.ops.repositories import put_repository

SMALL = ("--images-per-day", "1000", "--peak-per-second", "1", "--p95-seconds", "3")


def test_the_cheapest_that_serves_the_workload(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", *SMALL, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    prices = [float(model["monthly_usd"]) for model in told["models"] if not model["broken"]]
    assert float(told["chosen"]["monthly_usd"]) == min(prices)
    assert sum(float(usd) for usd in told["chosen"]["lines"].values()) == pytest.approx(min(prices), abs=1e-5)
    assert [one["slower"] for one in told["sensitivity"]] == [0.5, 0.75, 1.0, 1.5, 2.0]
    assert told["sensitivity"][2]["as_planned"] == told["chosen"]
    assert told["sagemaker"] is None


def test_a_route_as_it_is_asked_for_is_as_good() -> None:
    assert plan_options(*SMALL, "--route", "/score-batch").route == "score-batch"


def test_accuracy_and_model_narrow_the_choice() -> None:
    precise = make_report(plan_options(*SMALL, "--accuracy", "84"))
    assert precise.plan.chosen.setting.measurement.model == "so400m-patch14-384"
    named = make_report(plan_options(*SMALL, "--model", "large-patch16-256", "--architecture", "arm64"))
    assert (named.plan.chosen.setting.measurement.accuracy, named.plan.chosen.setting.architecture) == (82.5, "arm64")
    for options in (("--model", "huge"), ("--accuracy", "99")):
        with pytest.raises(OpsError, match="measured"):
            make_report(plan_options(*SMALL, *options))
    with pytest.raises(OpsError, match=r"no price table for 'mars-north-1', only for af-south-1, .*us-east-1: "):
        make_report(plan_options(*SMALL, "--region", "mars-north-1"))


def test_what_has_no_known_price_is_not_chosen() -> None:
    with pytest.raises(
        OpsError, match=r"^the prices of eu-west-1 lack logs\.ingest, ecr\.storage: python -m ops prices"
    ):
        make_report(plan_options(*SMALL, "--region", "eu-west-1"))
    with pytest.raises(OpsError, match=r"'ml\.p9\.large' has no known price in us-east-1; known are ml\.g4dn\.xlarge"):
        make_report(plan_options(*SMALL, "--gpu-images-per-second", "9", "--gpu-instance", "ml.p9.large"))


def test_which_architecture_is_cheaper_turns_on_its_speed() -> None:
    for factor, architecture in (("1.2", "arm64"), ("1.3", "x86_64")):
        report = make_report(plan_options(*SMALL, "--model", "so400m-patch14-384", "--arm64-factor", factor))
        assert report.plan.chosen.setting.architecture == architecture


def test_a_workload_that_cannot_be_met(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    workload = ["--images-per-day", "1000", "--peak-per-second", "1", "--p95-seconds", "0.01"]
    page = tmp_path / "plan.html"
    assert main(["plan", *workload, "--html", str(page)]) == 1
    told = capsys.readouterr().out
    assert "NOT MET: p95" in told
    assert "What would help: a smaller model" in told
    assert "NOT MET: p95" in outline(page.read_text()).text


def test_lonely_calls_are_kept_ready_for() -> None:
    rare = ("--images-per-day", "20", "--peak-per-second", "0.1", "--p95-seconds", "3")
    report = make_report(plan_options(*rare, "--model", "so400m-patch14-384"))
    assert report.plan.feasible
    assert report.plan.chosen.setting.kept == 1
    assert make_report(plan_options(*rare[:-1], "20", "--model", "so400m-patch14-384")).plan.chosen.setting.kept == 0


def test_the_page_fetches_nothing_and_says_what_is_not_measured(tmp_path: Path) -> None:
    report = make_report(plan_options(*SMALL, "--gpu-images-per-second", "20"))
    text = document.render(report)
    parsed = outline(text)
    assert parsed.references == []
    assert parsed.seen.count("svg") == 2
    for sentence in ("NOT MEASURED on Lambda, and nowhere on arm64", "a second you gave (not measured)", "SageMaker"):
        assert sentence in parsed.text
    chart = tmp_path / "plan.svg"
    assert main(["plan", *SMALL, "--json", "--svg", str(chart)]) == 0
    assert outline(chart.read_text()).seen[0] == "svg"


def test_only_its_keys_are_written(tmp_path: Path) -> None:
    before = (ROOT / "cdk.json").read_text()
    path = tmp_path / "cdk.json"
    path.write_text(before)
    chosen = make_report(plan_options(*SMALL, "--model", "so400m-patch14-384", "--write", "prod")).plan.chosen
    assert chosen.setting.kept == 1, "prod keeps at least one"
    write_setting(path, "prod", "semantic", chosen)
    after = path.read_text()
    changed = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    names = {line[1:].split(":")[0].strip().strip('"') for line in changed}
    assert names <= {"architecture", "memory_mb", "reserved_concurrency", "minimum", "maximum"}
    config = load_config((json.loads(after)["context"] | {"stage": "prod"}).get)
    assert config.semantic.memory_mb == chosen.setting.memory_mb
    assert config.semantic.reserved_concurrency == chosen.concurrency
    assert config.architecture == chosen.setting.architecture
    write_setting(path, "prod", "semantic", chosen)
    assert path.read_text() == after


def test_the_command_writes_what_it_chose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from ops.plan.command import run

    repository = put_repository(tmp_path)
    (repository / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    assert run(plan_options(*SMALL, "--write", "dev"), repository) == 0
    captured = capsys.readouterr()
    assert "wrote semantic of stage dev" in captured.err
    document_ = json.loads((repository / "cdk.json").read_text())["context"]["stages"]["dev"]["semantic"]
    assert document_["provisioned_concurrency"] == {"minimum": 0, "maximum": 0}


def test_what_the_stage_refuses_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "cdk.json"
    text = (ROOT / "cdk.json").read_text()
    path.write_text(text)
    outcome = evaluate(SETTING, WORKLOAD, table(), ASSUMED)
    with pytest.raises(OpsError, match="minimum must be at least 1 in stage prod"):
        write_setting(path, "prod", "semantic", outcome)
    with pytest.raises(OpsError, match="there is no semantic of stage test"):
        write_setting(path, "test", "semantic", outcome)
    assert path.read_text() == text
    path.write_text(text.replace("  ", "    "))
    with pytest.raises(OpsError, match="would not be kept"):
        write_setting(path, "dev", "semantic", outcome)


def test_sagemaker_is_named_where_it_is_the_cheaper() -> None:
    large = ("--images-per-day", "10000000", "--peak-per-second", "300", "--p95-seconds", "3", "--accuracy", "84")
    cheaper = make_report(plan_options(*large, "--gpu-images-per-second", "20"))
    # 300 a second at 70 % of 20 a second each are 22 instances at 1.127 USD an hour for 730 hours.
    assert cheaper.endpoint is not None
    assert (cheaper.endpoint.instances, cheaper.endpoint.bill.usd) == (22, Decimal("18099.62"))
    saved = told_usd((cheaper.plan.chosen.usd or Decimal("nan")) - Decimal("18099.62"))
    assert headline(cheaper)[-1] == (
        "Cheaper: SageMaker, at the 20 images a second you gave (not measured): 22 x ml.g6.xlarge running all month, "
        f"18,099.62 USD ({saved} less than this plan on Lambda); answers are asynchronous."
    )
    assert document.as_json(cheaper)["sagemaker"]["cheaper"] is True
    dearer = make_report(plan_options(*SMALL, "--gpu-images-per-second", "20", "--gpu-instance", "ml.g5.xlarge"))
    assert not headline(dearer)[-1].startswith("Cheaper")
    assert document.as_json(dearer)["sagemaker"]["cheaper"] is False
    text = terminal.render(dearer)
    assert " more than this plan on Lambda); answers are asynchronous." in text
    assert "One ml.g5.xlarge running all month costs" in text


def test_small_volumes_are_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--images-per-day", "5", "--peak-per-second", "1", "--p95-seconds", "3"]) == 0
    text = capsys.readouterr().out
    # 5 * 730 / 24 calls of 2,000 bytes
    assert "0.000304 GB |" in text
    assert re.search(r"if it manages 0\.00\d+ images a second around the clock", text)


@pytest.mark.parametrize("name", ["base-patch16-256", "siglip2-base-patch16-256", "google/siglip2-base-patch16-256"])
def test_a_model_may_be_given_by_its_own_name(name: str) -> None:
    (only,) = make_report(plan_options(*SMALL, "--model", name)).plan.by_model
    assert only.setting.measurement.model == "base-patch16-256"
