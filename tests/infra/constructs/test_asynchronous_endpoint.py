"""The GPU endpoint, by property, on a stack of its own."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam

from infra.constructs.asynchronous_endpoint import AsynchronousEndpoint
from infra.constructs.jobs_bucket import JobsBucket
from tests.infra.constructs.nag import findings, nagged_app


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[assertions.Template, dict[str, list[str]]]:
    outdir, context = tmp_path_factory.mktemp("cdk.out"), tmp_path_factory.mktemp("image")
    (context / "Dockerfile").write_text("FROM scratch\n")
    app = nagged_app(outdir)
    stack = cdk.Stack(app, "Imajin-dev")
    endpoint = AsynchronousEndpoint(
        stack,
        "SemanticGpu",
        function="semantic",
        image=ecr_assets.DockerImageAsset(stack, "Image", directory=str(context)),
        instance_type="ml.g5.xlarge",
        maximum_instances=3,
        bucket=JobsBucket(stack, "Storage").bucket,
        log_retention_days=14,
        stage="dev",
        allowed_s3=("pictures/approved",),
        environment={"MINOR_THRESHOLD": "0.1"},
    )
    caller = iam.User(stack, "Caller")
    endpoint.grant_invoke_async(caller)
    found = findings(app, outdir, "Imajin-dev/SemanticGpu")
    return assertions.Template.from_stack(stack), found


@pytest.fixture(scope="module")
def template(built: tuple[assertions.Template, dict[str, list[str]]]) -> assertions.Template:
    return built[0]


def only(template: assertions.Template, kind: str) -> tuple[str, dict[str, Any]]:
    ((name, resource),) = template.find_resources(kind).items()
    return name, resource["Properties"]


def statements(template: assertions.Template, principal: str) -> list[dict[str, Any]]:
    for policy in template.find_resources("AWS::IAM::Policy").values():
        properties = policy["Properties"]
        holders = properties.get("Roles", []) + properties.get("Users", [])
        if any(principal in holder["Ref"] for holder in holders):
            return list(properties["PolicyDocument"]["Statement"])
    raise AssertionError(principal)


def test_it_answers_into_the_bucket_and_to_its_topics(template: assertions.Template) -> None:
    (bucket, _), (_, config) = only(template, "AWS::S3::Bucket"), only(template, "AWS::SageMaker::EndpointConfig")
    output = config["AsyncInferenceConfig"]["OutputConfig"]
    for key, prefix in {"S3OutputPath": "outputs", "S3FailurePath": "failures"}.items():
        assert output[key] == {"Fn::Join": ["", ["s3://", {"Ref": bucket}, f"/{prefix}/semantic/"]]}
    topics = template.find_resources("AWS::SNS::Topic")
    notified = [output["NotificationConfig"][kind]["Ref"] for kind in ("SuccessTopic", "ErrorTopic")]
    assert sorted(notified) == sorted(topics)
    assert all("alias/aws/sns" in str(topic["Properties"]["KmsMasterKeyId"]) for topic in topics.values())


def test_topics_take_tls_alone(template: assertions.Template) -> None:
    policies = template.find_resources("AWS::SNS::TopicPolicy").values()
    assert len(policies) == 2
    for policy in policies:
        (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_container_is_told_where_pictures_are_and_what_receipts_depend_on(template: assertions.Template) -> None:
    (bucket, _), (_, model) = only(template, "AWS::S3::Bucket"), only(template, "AWS::SageMaker::Model")
    assert model["PrimaryContainer"]["Environment"] == {
        "BATCH_SECONDS": "780",
        "INSTANCE_TYPE": "ml.g5.xlarge",
        "PRICE_REGION": {"Ref": "AWS::Region"},
        "METRICS": "on",
        "STAGE": "dev",
        "MINOR_THRESHOLD": "0.1",
        "JOBS_BUCKET": {"Ref": bucket},
        "ALLOWED_S3": {"Fn::Join": ["", [{"Ref": bucket}, "/uploads,pictures/approved"]]},
    }


def test_an_instance_takes_fewer_calls_at_once_than_its_queue(template: assertions.Template) -> None:
    _, config = only(template, "AWS::SageMaker::EndpointConfig")
    assert config["AsyncInferenceConfig"]["ClientConfig"] == {"MaxConcurrentInvocationsPerInstance": 4}
    (variant,) = config["ProductionVariants"]
    assert variant["InstanceType"] == "ml.g5.xlarge"


def test_it_scales_from_zero_with_both_policies(template: assertions.Template) -> None:
    endpoint, _ = only(template, "AWS::SageMaker::Endpoint")
    name = {"Fn::GetAtt": [endpoint, "EndpointName"]}
    _, target = only(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 3)
    assert target["ResourceId"] == {"Fn::Join": ["", ["endpoint/", name, "/variant/gpu"]]}
    assert target["ScalableDimension"] == "sagemaker:variant:DesiredInstanceCount"
    policies = {
        policy["Properties"]["PolicyType"]: (key, policy["Properties"])
        for key, policy in template.find_resources("AWS::ApplicationAutoScaling::ScalingPolicy").items()
    }
    assert set(policies) == {"TargetTrackingScaling", "StepScaling"}
    tracked = policies["TargetTrackingScaling"][1]["TargetTrackingScalingPolicyConfiguration"]
    assert tracked["CustomizedMetricSpecification"] == {
        "Dimensions": [{"Name": "EndpointName", "Value": name}],
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Namespace": "AWS/SageMaker",
        "Statistic": "Average",
    }
    step, configured = policies["StepScaling"]
    assert configured["StepScalingPolicyConfiguration"]["StepAdjustments"] == [
        {"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}
    ]
    _, alarm = only(template, "AWS::CloudWatch::Alarm")
    assert (alarm["MetricName"], alarm["Threshold"]) == ("HasBacklogWithoutCapacity", 1)
    assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["AlarmActions"] == [{"Ref": step}]


def test_invoking_is_granted_on_its_arn(template: assertions.Template) -> None:
    endpoint, _ = only(template, "AWS::SageMaker::Endpoint")
    assert statements(template, "Caller") == [
        {"Action": "sagemaker:InvokeEndpointAsync", "Effect": "Allow", "Resource": {"Ref": endpoint}}
    ]


def test_its_role_reaches_its_own_prefixes_and_no_more(template: assertions.Template) -> None:
    bucket, _ = only(template, "AWS::S3::Bucket")
    held = statements(template, "SemanticGpuRole")

    def objects(*prefixes: str) -> list[dict[str, Any]]:
        arn = {"Fn::GetAtt": [bucket, "Arn"]}
        return [{"Fn::Join": ["", [arn, f"/{prefix}/*"]]} for prefix in prefixes]

    approved = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":s3:::pictures/approved/*"]]}
    reads = [statement["Resource"] for statement in held if statement["Action"] == "s3:GetObject"]
    assert reads == [objects("inputs", "uploads"), approved]
    written = [statement["Resource"] for statement in held if "s3:PutObject" in statement["Action"]]
    assert written == [objects("outputs/semantic", "failures/semantic")]
    assert [statement for statement in held if statement["Resource"] == "*"] == [
        {
            "Action": "cloudwatch:PutMetricData",
            "Condition": {"StringEquals": {"cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/Endpoints"]}},
            "Effect": "Allow",
            "Resource": "*",
        },
        {"Action": "ecr:GetAuthorizationToken", "Effect": "Allow", "Resource": "*"},
    ]
    assert not [statement for statement in held if "*" in str(statement["Action"])]


def test_every_finding_is_acknowledged(built: tuple[assertions.Template, dict[str, list[str]]]) -> None:
    _, found = built
    assert found["violations"] == []
    assert len(found["suppressedViolations"]) == 6


def test_its_log_is_there_first_and_not_kept_for_ever(template: assertions.Template) -> None:
    log, properties = only(template, "AWS::Logs::LogGroup")
    _, endpoint = only(template, "AWS::SageMaker::Endpoint")
    assert endpoint["EndpointName"] == "Imajin-dev-semantic"
    assert properties == {"LogGroupName": "/aws/sagemaker/Endpoints/Imajin-dev-semantic", "RetentionInDays": 14}
    (found,) = template.find_resources("AWS::SageMaker::Endpoint").values()
    assert log in found["DependsOn"]
    (written,) = [
        statement for statement in statements(template, "SemanticGpuRole") if "logs:PutLogEvents" in statement["Action"]
    ]
    assert written["Resource"] == {"Fn::GetAtt": [log, "Arn"]}


def test_the_image_is_what_the_model_runs(template: assertions.Template) -> None:
    _, model = only(template, "AWS::SageMaker::Model")
    assert "container-assets" in str(model["PrimaryContainer"]["Image"])
    assert "ModelDataUrl" not in model["PrimaryContainer"]
