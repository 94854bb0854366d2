"""docs/operations.md: every alarm has its section, every command is one that there is."""

import re
import shlex
import subprocess
from pathlib import Path

import aws_cdk as cdk
import botocore.session
import jmespath  # type: ignore[import-untyped]
import pytest
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from botocore import xform_name

from infra.constructs import alarms
from infra.constructs.receipts import Receipts
from models.cli import _parser as models_parser
from ops.cli import INTERRUPTED, REFUSED
from ops.cli import _parser as ops_parser

PAGE = Path("docs/operations.md").read_text(encoding="utf-8")
# What a command answers may be kept in a variable.
COMMANDS = [re.sub(r'^[A-Z_]+="\$\((.*)\)"$', r"\1", line) for line in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)]
# Of the command line itself, made of several calls.
AWS_CUSTOM = {("logs", "tail")}
AWS_GLOBAL = {"--query", "--output", "--region"}


def watched() -> dict[str, alarms.Watch]:
    stack = cdk.Stack()
    function = lambda_.Function.from_function_name(stack, "Function", "semantic")
    api = apigateway.RestApi(stack, "Api")
    api.root.add_method("GET")
    found = [
        *alarms.watch_function("semantic", function, Receipts("semantic", "dev", ("/detect",)), 10, kept_ready=True),  # type: ignore[arg-type]
        *alarms.watch_api(api),
        *alarms.watch_endpoint("semantic", "endpoint", "gpu"),
    ]
    return {watch.key: watch for watch in found}


def test_every_alarm_leads_to_a_section_and_every_section_is_of_an_alarm() -> None:
    sections = re.findall(r"^### (.*)$", PAGE.split("\n## Alarms\n", 1)[1], re.MULTILINE)
    assert sections == [*watched(), "The budget"]


def test_the_figures_of_the_alarms_are_those_of_the_code() -> None:
    assert f"took longer than {alarms.LATENCY_MS // 1000} s" in PAGE
    assert (alarms.COLD_START_PERCENT, alarms.COLD_START_CALLS, alarms.BACKLOG_SECONDS) == (10, 20, 900)
    found = watched()
    assert {key: (found[key].above, found[key].periods) for key in ("errors", "api-5xx", "latency", "spill-over")} == {
        "errors": (2, 1),
        "api-5xx": (4, 1),
        "latency": (10_000, 3),
        "spill-over": (0, 3),
    }


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_a_make_command_runs_a_program_that_takes_its_options(command: str) -> None:
    done = subprocess.run([*shlex.split(command), "--dry-run"], capture_output=True, text=True, check=True)
    (line,) = re.findall(r"python -m ops (.*)$", done.stdout, re.MULTILINE)
    options = ops_parser().parse_args(shlex.split(line))
    given = dict(word.split("=") for word in command.split()[2:])
    assert getattr(options, "stage", None) == given.get("STAGE")
    assert getattr(options, "demo", False) == (given.get("DEMO") == "1")
    assert options.region == given.get("REGION")


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("python ")])
def test_a_python_command_is_one_of_ours(command: str) -> None:
    _, _, module, *arguments = shlex.split(command)
    {"ops": ops_parser, "models": models_parser}[module]().parse_args(arguments)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("aws ")])
def test_an_aws_command_has_that_operation_and_its_parameters(command: str) -> None:
    """By the service's own model, which the command line is made from."""
    _, service, operation, *arguments = shlex.split(command)
    if (service, operation) in AWS_CUSTOM:
        return
    model = botocore.session.Session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    parameters = {f"--{xform_name(member, '-')}": member for member in shape.members}
    parameters |= {
        f"--no-{xform_name(member, '-')}": member
        for member, kind in shape.members.items()
        if kind.type_name == "boolean"
    }
    given = {word for word in arguments if word.startswith("--")}
    assert given - AWS_GLOBAL <= parameters.keys()
    assert set(shape.required_members) <= {parameters[name] for name in given & parameters.keys()}
    if "--query" in arguments:
        jmespath.compile(arguments[arguments.index("--query") + 1])


def test_there_are_no_other_commands() -> None:
    programs = {command.split()[0] for command in COMMANDS}
    assert programs == {"make", "python", "aws", "git"}


def test_the_exit_statuses_are_those_of_the_command_line() -> None:
    told = re.findall(r"^\| (\d+) \| (\w+)", PAGE, re.MULTILINE)
    assert told == [("0", "done"), ("1", "done"), (str(REFUSED), "refused"), (str(INTERRUPTED), "stopped")]
