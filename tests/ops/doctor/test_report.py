"""The page and the JSON, and the command as an operator starts it."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

from ops.doctor.findings import Finding
from ops.doctor.report import Report
from ops.doctor.standing import StandingLine
from tests.ops.repositories import bare_environment, programs

FINDINGS = (
    Finding("Docker", "ok", "docker 29.0.1"),
    Finding("Bootstrap", "blocked", "this account is not prepared for the CDK in us-east-1", "npx cdk bootstrap"),
)
LINES = (StandingLine("alarms", "27 metrics", Decimal("2.70")), StandingLine("logs", "none", Decimal(0)))
REPORT = Report("dev", "us-east-1", "123456789012", FINDINGS, LINES)


def test_a_problem_and_its_fix_stand_together() -> None:
    assert REPORT.page(colour=False).splitlines() == [
        "imajin, stage dev in us-east-1",
        "",
        "  ok       Docker     docker 29.0.1",
        "  BLOCKED  Bootstrap  this account is not prepared for the CDK in us-east-1",
        "                      -> npx cdk bootstrap",
        "",
        "What a month without a single call costs, in USD, before any free tier",
        "",
        "       2.70  alarms  27 metrics",
        "       0.00  logs    none",
        "       2.70  total",
        "",
        "  Not included: container images stored in ECR, 0.10 USD per GB a month.",
        "",
        "1 of 2 checks would make a deploy fail.",
    ]


def test_colour_is_for_terminals() -> None:
    assert "\033[1;31mBLOCKED\033[0m" in REPORT.page(colour=True)
    assert "\033" not in REPORT.page(colour=False)


def test_programs_get_amounts_as_decimal_strings_and_null_for_unknown() -> None:
    found = REPORT.as_json()
    assert (found["blocked"], found["standing_cost"]["month_usd"]) == (True, "2.70")
    assert found["findings"][0] == {"check": "Docker", "status": "ok", "detail": "docker 29.0.1", "fix": None}
    unknown = Report("dev", None, None, FINDINGS[:1], (StandingLine("alarms", "27", None),))
    assert unknown.as_json()["standing_cost"] == {
        "month_usd": None,
        "unknown_because": (
            "prices depend on the region, and none is chosen: REGION=us-east-1, or export AWS_REGION=us-east-1"
        ),
        "lines": [{"item": "alarms", "detail": "27", "usd": None}],
        "note": "Not included: container images stored in ECR, an unknown amount per GB a month.",
    }
    assert not unknown.blocked
    assert found["standing_cost"]["unknown_because"] is None
    page = unknown.page(colour=False)
    assert "unknown  alarms" in page
    assert "\n  Unknown: prices depend on the region, and none is chosen: REGION=us-east-1, or export " in page
    elsewhere = Report("dev", "xx-nowhere-1", None, FINDINGS[:1], unknown.standing).page(colour=False)
    assert (
        "\n  Unknown: neither pricing/regions nor ops/doctor/standing_prices.toml has this price for xx-nowhere-1.\n"
        in (elsewhere)
    )


def test_without_credentials_the_command_says_so_and_how_to_get_some(tmp_path: Path) -> None:
    """The real command, in a new process, on a machine that knows no account."""
    path = f"{programs(tmp_path).environment['PATH']}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "ops", "doctor", "--json", "--demo", "--region", "us-east-1"],
        env=bare_environment(tmp_path) | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert findings["Docker"]["status"] == "ok"
    assert findings["Credentials"]["status"] == "blocked"
    assert findings["Credentials"]["detail"].startswith("there are no AWS credentials")
    assert "aws configure" in findings["Credentials"]["fix"]
    assert findings["Bootstrap"]["status"] == findings["Quotas"]["status"] == "skipped"
