"""What is deployed for the semantic function, by property; never by logical id."""

from typing import Any

from aws_cdk.assertions import Match

from tests.infra.synthesis import Synthesis


def properties(synthesis: Synthesis, resource_type: str) -> dict[str, Any]:
    (resource,) = synthesis.template.find_resources(resource_type).values()
    found: dict[str, Any] = resource["Properties"]
    return found


def test_the_function_runs_an_image_on_arm64(arm64: Synthesis) -> None:
    function = properties(arm64, "AWS::Lambda::Function")
    assert function["PackageType"] == "Image"
    assert function["Architectures"] == ["arm64"]
    assert function["MemorySize"] == 3008
    assert function["Timeout"] == 60
    assert function["TracingConfig"] == {"Mode": "Active"}
    # 512 MB of /tmp come with a function; more would be paid for and nothing here writes any.
    assert "EphemeralStorage" not in function
    assert function["Code"]["ImageUri"]
    assert set(function) == {
        *("Architectures", "Code", "LoggingConfig", "MemorySize", "PackageType", "Role", "Timeout", "TracingConfig")
    }


def test_the_architecture_and_memory_are_a_switch(x86_64: Synthesis) -> None:
    x86_64.template.has_resource_properties(
        "AWS::Lambda::Function", {"Architectures": ["x86_64"], "MemorySize": 2048, "PackageType": "Image"}
    )


def test_the_image_is_built_for_the_functions_architecture(arm64: Synthesis, x86_64: Synthesis) -> None:
    builds = {}
    for synthesis in (arm64, x86_64):
        _, build = synthesis.image
        assert build["dockerFile"] == "functions/semantic/Dockerfile"
        builds[build["platform"]] = build["dockerBuildArgs"]
    # The base image is the Dockerfile's own default.
    artifacts = {"ARTIFACTS": "models/demo/semantic/artifact"}
    assert builds == {"linux/arm64": artifacts, "linux/amd64": artifacts}


def test_callers_use_an_alias_of_the_current_version(arm64: Synthesis) -> None:
    (version,) = arm64.template.find_resources("AWS::Lambda::Version")
    arm64.template.resource_properties_count_is(
        "AWS::Lambda::Alias", {"Name": "live", "FunctionVersion": {"Fn::GetAtt": [version, "Version"]}}, 1
    )


def test_the_log_is_kept_for_as_long_as_configured(arm64: Synthesis) -> None:
    (log,) = arm64.template.find_resources("AWS::Logs::LogGroup")
    assert properties(arm64, "AWS::Logs::LogGroup") == {"RetentionInDays": 14}
    arm64.template.has_resource_properties("AWS::Lambda::Function", {"LoggingConfig": {"LogGroup": {"Ref": log}}})


def test_the_role_may_write_its_log_and_its_traces_and_nothing_else(arm64: Synthesis) -> None:
    (log,) = arm64.template.find_resources("AWS::Logs::LogGroup")
    role = properties(arm64, "AWS::IAM::Role")
    assert set(role) == {"AssumeRolePolicyDocument"}
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }
    assert properties(arm64, "AWS::IAM::Policy")["PolicyDocument"]["Statement"] == [
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [log, "Arn"]},
        },
        # X-Ray knows no resources to name.
        {"Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Effect": "Allow", "Resource": "*"},
    ]


def test_there_is_nothing_else_in_the_stack(arm64: Synthesis) -> None:
    types = sorted(resource["Type"] for resource in arm64.template.to_json()["Resources"].values())
    assert types == [
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Alias",
        "AWS::Lambda::Function",
        "AWS::Lambda::Version",
        "AWS::Logs::LogGroup",
    ]


def test_the_stack_says_where_the_alias_is(arm64: Synthesis) -> None:
    (alias,) = arm64.template.find_resources("AWS::Lambda::Alias")
    arm64.template.has_output("*", Match.object_like({"Value": {"Ref": alias}}))
