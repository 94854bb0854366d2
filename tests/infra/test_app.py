import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import constructs
import pytest
from aws_cdk import assertions
from aws_cdk import aws_logs as logs

import infra.constructs
from infra.app import ROOT, create_app
from infra.config_reader import ConfigError
from infra.constructs.image_function import RETENTION


def test_the_command_line_is_pinned_and_its_lock_names_no_host() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert package["devDependencies"] == {"aws-cdk": "2.1148.1"}
    assert json.loads(text)["packages"]["node_modules/aws-cdk"]["version"] == "2.1148.1"
    assert "integrity" in json.loads(text)["packages"]["node_modules/aws-cdk"]
    assert "://" not in text


def test_our_constructs_do_not_shadow_the_library() -> None:
    assert Path(constructs.__file__).parent != Path(infra.constructs.__file__).parent
    assert constructs.Construct.__module__ == "constructs"


def test_each_wrong_value_is_one_sentence_and_no_traceback(context: dict[str, Any], tmp_path: Path) -> None:
    """As the command line runs it, from the repository's root."""
    wrong = {"architecture": "riscv", "waf": "yes"}
    command = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["app"].split()
    assert command[0] == ".venv/bin/python"
    done = subprocess.run(
        [sys.executable, *command[1:]],
        cwd=ROOT,
        env=os.environ | {"CDK_CONTEXT_JSON": json.dumps(context | wrong), "CDK_OUTDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "cdk.json: architecture must be one of arm64, x86_64, not 'riscv'\n"
        "cdk.json: waf must be true or false, not 'yes'\n"
    )


def test_every_retention_is_the_number_of_days_it_says() -> None:
    stack = cdk.Stack()
    for days, retention in RETENTION.items():
        logs.LogGroup(stack, f"Log{days}", retention=retention)
    groups = assertions.Template.from_stack(stack).find_resources("AWS::Logs::LogGroup")
    rendered = {name: group["Properties"]["RetentionInDays"] for name, group in groups.items()}
    assert sorted(rendered.values()) == sorted(RETENTION)
    assert all(name.startswith(f"Log{days}") for name, days in rendered.items())


def test_a_key_that_was_misspelt_on_the_command_line_is_told(context: dict[str, Any], repository: Path) -> None:
    """And the CDK's own are left alone."""
    misspelt = {"semantic.memroy_mb": "2048", "waff": "true", "zzz": "1", "aws:cdk:enable-path-metadata": "true"}
    with pytest.raises(ConfigError) as refusal:
        create_app(repository, context=context | misspelt)
    assert str(refusal.value).splitlines() == [
        "semantic.memroy_mb is not a key; semantic.memory_mb is",
        "waff is not a key; waf is",
        "zzz is not a key",
    ]
