"""What others' rules say of the templates: cdk-nag's packs and cfn-lint."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from constructs import IConstruct

from tests.infra.synthesis import EVERYTHING, Synthesis, Synthesize

# Reported of a Lambda role's trust, which is what it has to be, and of templates that are not deployed by hand.
CFN_LINT_NOISE = ("W3005",)


@dataclass
class Ledger:
    """Acknowledgments written down instead of given: the rule and its reason, by where."""

    entries: list[tuple[str, str, str]] = field(default_factory=list)

    def acknowledge(self, path: str, acknowledgment: cdk.Acknowledgment) -> None:
        self.entries.append((path, acknowledgment.id, acknowledgment.reason))


@contextmanager
def nothing_acknowledged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    ledger = Ledger()

    class Page:
        def __init__(self, construct: IConstruct) -> None:
            self.path = construct.node.path

        def acknowledge(self, *acknowledgments: cdk.Acknowledgment) -> None:
            for acknowledgment in acknowledgments:
                ledger.acknowledge(self.path, acknowledgment)

    real = cdk.Validations.of

    def of(construct: IConstruct) -> object:
        return real(construct) if isinstance(construct, cdk.App) else Page(construct)

    with monkeypatch.context() as patch:
        patch.setattr(cdk.Validations, "of", of)
        yield ledger


def violations(directory: Path) -> set[tuple[str, str]]:
    """What stands, acknowledged or not: rule and path."""
    report = json.loads((directory / "validation-report.json").read_text(encoding="utf-8"))
    return {
        (f"{plugin['pluginName']}::{violation['ruleName']}", construct["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin.get("violations", [])
        for construct in violation["violatingConstructs"]
    }


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_nothing_stands_that_is_not_acknowledged(stage: str, dev: Synthesis, prod: Synthesis) -> None:
    directory = {"dev": dev, "prod": prod}[stage].directory
    assert violations(directory) == set()


@pytest.mark.parametrize("overrides", [{}, EVERYTHING], ids=["dev", "prod"])
def test_each_acknowledgment_is_of_a_finding_and_has_a_reason(
    overrides: dict[str, Any],
    repository: Path,
    synthesize: Synthesize,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Without any, each is found: an acknowledgment that is of nothing would silence something else one day."""
    with nothing_acknowledged(monkeypatch) as ledger, pytest.raises(RuntimeError, match="ValidationFailed"):
        synthesize(repository, outdir=tmp_path, **overrides)
    found = violations(tmp_path)
    assert {plugin for rule, _ in found for plugin in [rule.partition("::")[0]]} == {"AwsSolutions", "Serverless"}
    idle = [
        (path, rule)
        for path, rule, _ in ledger.entries
        if not any(rule == other and where.startswith(f"{path}/") for other, where in found)
    ]
    assert idle == []
    assert [rule for _, rule, reason in ledger.entries if len(reason.split()) < 5] == []


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_cfn_lint_has_nothing_to_say(stage: str, dev: Synthesis, prod: Synthesis) -> None:
    template = {"dev": dev, "prod": prod}[stage].path
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", *CFN_LINT_NOISE]
    done = subprocess.run([*command, "--", str(template)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
