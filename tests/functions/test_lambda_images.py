"""What the Lambda images are made of: each Dockerfile can be read by itself, and none goes a way of its own."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def steps(function: str) -> list[str]:
    """What is done in the Dockerfile, command by command, under the name `NAME`."""
    text = (ROOT / "functions" / function / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (" ".join(line.split()) for line in text.splitlines() if line.strip() and not line.startswith("#"))
    named = (line.replace(function, "NAME").replace(function.upper(), "NAME") for line in lines)
    return [step for line in named for step in line.split(" && ")]


@pytest.mark.parametrize("function", ["semantic", "aesthetic", "jobs"])
def test_they_are_of_one_python_on_amazon_linux_2023(function: str) -> None:
    """Images built here stand on another base: that AWS's own fits the packages is seen nowhere else."""
    (base,) = (step for step in steps(function) if step.startswith("ARG BASE_IMAGE="))
    assert base == "ARG BASE_IMAGE=public.ecr.aws/lambda/python:3.13"  # from 3.12 on it is Amazon Linux 2023
    (install,) = (step for step in steps(function) if "pip install" in step)
    assert "--only-binary=:all: --implementation cp --python-version 3.13 " in install
    locked = re.findall(rf"--python-version (\S+) .*functions/{function}/requirements\.txt", MAKEFILE)
    assert locked == ["3.13"]


@pytest.mark.parametrize("function", ["semantic", "aesthetic"])
def test_weights_lie_below_packages_and_code(function: str) -> None:
    """What changes least often comes first: a new line of code leaves the layers below it as they are."""
    last = steps(function)[-6:]
    copied = [step.split()[1] for step in last if step.startswith("COPY ")]
    assert copied == ["--from=weights", "--from=dependencies", "--from=code"]


def test_both_services_are_made_alike() -> None:
    assert [step for step in steps("semantic") if step != "COPY taxonomy/ /code/taxonomy/"] == steps("aesthetic")


def test_jobs_are_made_as_the_services_are_but_for_a_model() -> None:
    jobs, service = steps("jobs"), steps("aesthetic")
    own = [step for step in jobs if step not in service]
    assert [step.replace("'s3', 'sagemaker-runtime', 'sts'", "'s3', 'sts'") in service for step in own] == [True, False]
    assert own[1:] == ["rm -rf /dependencies/bin"]
    of_a_model = ("ARTIFACTS", "artifact", "onnxruntime", "ORT_DISABLE_TELEMETRY", "AS weights")
    left_out = [step for step in service if step not in jobs and not any(word in step for word in of_a_model)]
    assert ["botocore/data" in step for step in left_out] == [True]
    assert [step for step in jobs if step in service] == [step for step in service if step in jobs], "in the same order"
