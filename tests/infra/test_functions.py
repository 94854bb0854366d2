"""What is deployed for each function, by property; never by logical id."""

import json
import re
from typing import Any

import pytest

from infra.app import ROOT
from tests.infra.synthesis import FUNCTIONS, Synthesis, demo

SETTINGS = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "functions").rglob("*.py"))


# As the configuration with everything has them.
CHOSEN = {"semantic": {"MINOR_THRESHOLD": "0.05"}, "aesthetic": {"MAX_IMAGE_PIXELS": "12000000"}}


def statements(synthesis: Synthesis, role: str) -> list[dict[str, Any]]:
    """What the role may do; it has no policy but those that name it."""
    assert set(synthesis.resources("AWS::IAM::Role")[role]) == {"AssumeRolePolicyDocument"}
    policies = synthesis.resources("AWS::IAM::Policy").values()
    found = [policy["PolicyDocument"]["Statement"] for policy in policies if {"Ref": role} in policy["Roles"]]
    return [statement for document in found for statement in document]


def role_of(function: dict[str, Any]) -> str:
    name: str = function["Role"]["Fn::GetAtt"][0]
    return name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_its_image_on_arm64(name: str, dev: Synthesis) -> None:
    _, function = dev.function(name)
    assert function["PackageType"] == "Image"
    assert function["Architectures"] == ["arm64"]
    assert function["MemorySize"] == 3008
    assert function["Timeout"] == 60
    assert function["TracingConfig"] == {"Mode": "Active"}
    # 512 MB of /tmp come with a function; more would be paid for and nothing here writes any.
    assert set(function) - {"Environment"} == {
        *("Architectures", "Code", "LoggingConfig", "MemorySize", "PackageType", "Role", "Timeout", "TracingConfig")
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_architecture_memory_and_reserve_are_configured(name: str, prod: Synthesis) -> None:
    _, function = prod.function(name)
    assert function["Architectures"] == ["x86_64"]
    assert function["MemorySize"] == 8192
    assert function["ReservedConcurrentExecutions"] == 20


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_image_is_built_for_its_functions_architecture(name: str, dev: Synthesis, prod: Synthesis) -> None:
    built = {stage.stage: stage.images[f"functions/{name}/Dockerfile"][1] for stage in (dev, prod)}
    assert (built["dev"]["platform"], built["prod"]["platform"]) == ("linux/arm64", "linux/amd64")
    # The base image is the Dockerfile's own default.
    assert built["dev"]["dockerBuildArgs"] == {"ARTIFACTS": demo(name)}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_callers_use_an_alias_of_the_current_version(name: str, dev: Synthesis) -> None:
    logical_id, _ = dev.function(name)
    (version,) = [
        version
        for version, properties in dev.resources("AWS::Lambda::Version").items()
        if properties["FunctionName"] == {"Ref": logical_id}
    ]
    (alias,) = [
        alias for alias in dev.resources("AWS::Lambda::Alias").values() if alias["FunctionName"] == {"Ref": logical_id}
    ]
    assert alias == {
        "FunctionName": {"Ref": logical_id},
        "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
        "Name": "live",
    }


def test_in_prod_environments_are_kept_ready_and_scale(prod: Synthesis, dev: Synthesis) -> None:
    kept = [
        alias["ProvisionedConcurrencyConfig"]["ProvisionedConcurrentExecutions"]
        for alias in prod.resources("AWS::Lambda::Alias").values()
        if "ProvisionedConcurrencyConfig" in alias
    ]
    assert kept == [1, 1]
    targets = [
        target
        for target in prod.resources("AWS::ApplicationAutoScaling::ScalableTarget").values()
        if target["ServiceNamespace"] == "lambda"
    ]
    assert [(target["MinCapacity"], target["MaxCapacity"]) for target in targets] == [(1, 10), (1, 10)]
    tracking = [
        policy["TargetTrackingScalingPolicyConfiguration"]
        for policy in prod.resources("AWS::ApplicationAutoScaling::ScalingPolicy").values()
        if policy["PolicyType"] == "TargetTrackingScaling"
    ]
    metric = {"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"}
    on_utilization = [policy for policy in tracking if policy.get("PredefinedMetricSpecification") == metric]
    assert [policy["TargetValue"] for policy in on_utilization] == [0.7, 0.7]
    assert not dev.resources("AWS::ApplicationAutoScaling::ScalableTarget")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_log_is_json_and_kept_for_as_long_as_configured(name: str, dev: Synthesis) -> None:
    _, function = dev.function(name)
    logging = dict(function["LoggingConfig"])
    log = logging.pop("LogGroup")["Ref"]
    assert logging == {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    assert dev.resources("AWS::Logs::LogGroup")[log] == {"RetentionInDays": 14}


def test_no_log_is_kept_for_ever(prod: Synthesis) -> None:
    kept = [log["RetentionInDays"] for log in prod.resources("AWS::Logs::LogGroup").values()]
    assert len(kept) >= 3
    assert set(kept) == {90}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_role_may_write_its_log_and_its_traces_read_uploads_and_nothing_else(name: str, dev: Synthesis) -> None:
    _, function = dev.function(name)
    role = role_of(function)
    (trust,) = dev.resources("AWS::IAM::Role")[role]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    log = function["LoggingConfig"]["LogGroup"]["Ref"]
    assert statements(dev, role) == [
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [log, "Arn"]},
        },
        # X-Ray knows no resources to name.
        {"Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Effect": "Allow", "Resource": "*"},
        {"Action": "s3:GetObject", "Effect": "Allow", "Resource": uploaded(dev)},
    ]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_pictures_are_read_where_configured_and_nowhere_else(name: str, prod: Synthesis) -> None:
    _, function = prod.function(name)
    granted = [statement for statement in statements(prod, role_of(function)) if "s3:GetObject" in statement["Action"]]
    assert granted == [
        {
            "Action": "s3:GetObject",
            "Effect": "Allow",
            "Resource": [
                *(
                    {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":s3:::{place}"]]}
                    for place in ("pictures.example/*", "results/2026/*")
                ),
                uploaded(prod),
            ],
        }
    ]


def uploaded(synthesis: Synthesis) -> dict[str, Any]:
    """The ARN of what callers have uploaded."""
    (bucket,) = synthesis.resources("AWS::S3::Bucket")
    return {"Fn::Join": ["", [{"Fn::GetAtt": [bucket, "Arn"]}, "/uploads/*"]]}


def uploads(synthesis: Synthesis, more: str = "") -> dict[str, Any]:
    """The places of the uploads, and whatever follows."""
    (bucket,) = synthesis.resources("AWS::S3::Bucket")
    return {"Fn::Join": ["", [{"Ref": bucket}, f"/uploads{more}"]]}


def test_roles_are_not_shared(prod: Synthesis) -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in prod.resources("AWS::Lambda::Function").values()]
    assert len(set(roles)) == len(roles)


def test_the_environment_is_what_the_settings_read(dev: Synthesis, prod: Synthesis) -> None:
    for name in FUNCTIONS:
        off = dev.function(name)[1]["Environment"]["Variables"]
        assert off == {"ALLOWED_S3": uploads(dev)}, "what is off has no variable"
        environment = prod.function(name)[1]["Environment"]["Variables"]
        assert environment == {
            "ALLOWED_S3": uploads(prod, ",pictures.example,results/2026/"),
            "ALLOWED_URL_HOSTS": "images.example,cdn.example:8443",
            "CORS_ORIGINS": "https://app.example",
            **CHOSEN[name],
        }
        unread = [variable for variable in environment if not re.search(f'"{variable}"', SETTINGS)]
        assert unread == []


def test_a_gpu_container_goes_by_the_same_settings(prod: Synthesis) -> None:
    found = [
        model["PrimaryContainer"]["Environment"].items() for model in prod.resources("AWS::SageMaker::Model").values()
    ]
    assert len(found) == 2
    for settings in CHOSEN.values():
        assert sum(settings.items() <= environment for environment in found) == 1
    assert all("INSTANCE_TYPE" in dict(environment) for environment in found)


def test_earlier_versions_stay_to_go_back_to(prod: Synthesis) -> None:
    versions = [found for found in prod.document["Resources"].values() if found["Type"] == "AWS::Lambda::Version"]
    assert [version["DeletionPolicy"] for version in versions] == ["RetainExceptOnCreate"] * 3


def test_what_a_stage_costs_can_be_told_by_its_tags_and_prod_is_not_taken_away_by_mistake(
    dev: Synthesis, prod: Synthesis
) -> None:
    for synthesis in (dev, prod):
        manifest = json.loads((synthesis.directory / "manifest.json").read_text(encoding="utf-8"))
        stack = manifest["artifacts"][f"Imajin-{synthesis.stage}"]["properties"]
        assert stack["tags"] == {"project": "imajin", "stage": synthesis.stage}
        assert stack.get("terminationProtection", False) is (synthesis.stage == "prod")
