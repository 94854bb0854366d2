"""The bucket and the function of uploads and jobs, by property, on a stack of their own."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ecr_assets as ecr_assets

from infra.app import ROOT
from infra.constructs.asynchronous_endpoint import AsynchronousEndpoint
from infra.constructs.jobs import Jobs
from infra.constructs.jobs_bucket import JobsBucket
from tests.infra.constructs.nag import findings, nagged_app


class Built:
    """Jobs with the GPU of one service, and the finding of both packs."""

    def __init__(self, outdir: Path, context: Path) -> None:
        (context / "Dockerfile").write_text("FROM scratch\n")
        app = nagged_app(outdir)
        stack = cdk.Stack(app, "Imajin-dev")
        bucket = JobsBucket(stack, "Storage", cors_origins=["https://app.example"]).bucket
        endpoint = AsynchronousEndpoint(
            stack,
            "SemanticGpu",
            function="semantic",
            image=ecr_assets.DockerImageAsset(stack, "Image", directory=str(context)),
            instance_type="ml.g5.xlarge",
            maximum_instances=1,
            bucket=bucket,
            log_retention_days=14,
        )
        self.jobs = Jobs(
            stack,
            "Jobs",
            root=ROOT,
            architecture="arm64",
            log_retention_days=14,
            bucket=bucket,
            endpoints={"semantic": endpoint},
            allowed_s3=("pictures/approved",),
            environment={},
        )
        self.findings = findings(app, outdir, "Imajin-dev/Jobs", "Imajin-dev/Storage")
        self.template = assertions.Template.from_stack(stack)
        assets = json.loads((outdir / "Imajin-dev.assets.json").read_text(encoding="utf-8"))
        self.images = [image["source"] for image in assets["dockerImages"].values()]
        self.directory = outdir

    def only(self, kind: str) -> tuple[str, dict[str, Any]]:
        ((name, resource),) = self.template.find_resources(kind).items()
        return name, resource["Properties"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(tmp_path_factory.mktemp("cdk.out"), tmp_path_factory.mktemp("image"))


def test_the_bucket_is_private_encrypted_and_empty_in_a_day(built: Built) -> None:
    name, bucket = built.only("AWS::S3::Bucket")
    blocked = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(blocked, True)
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule == {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        "ExpirationInDays": 1,
        "Status": "Enabled",
    }
    assert "VersioningConfiguration" not in bucket
    (cors,) = bucket["CorsConfiguration"]["CorsRules"]
    assert (cors["AllowedMethods"], cors["AllowedOrigins"]) == (["POST"], ["https://app.example"])
    _, policy = built.only("AWS::S3::BucketPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {"Fn::GetAtt": [name, "Arn"]} in statement["Resource"]


def test_the_function_knows_its_bucket_and_the_gpus_there_are(built: Built) -> None:
    bucket, _ = built.only("AWS::S3::Bucket")
    endpoint, _ = built.only("AWS::SageMaker::Endpoint")
    _, function = built.only("AWS::Lambda::Function")
    assert function["Environment"]["Variables"] == {
        "ALLOWED_S3": "pictures/approved",
        "JOBS_BUCKET": {"Ref": bucket},
        "JOBS_SEMANTIC_ENDPOINT": {"Fn::GetAtt": [endpoint, "EndpointName"]},
    }
    # An attempt to hand a job over is given up for lost after 60 s.
    assert function["Timeout"] < 30
    assert (function["Architectures"], function["PackageType"]) == (["arm64"], "Image")
    (version,) = built.template.find_resources("AWS::Lambda::Version")
    built.template.has_resource_properties(
        "AWS::Lambda::Alias", {"Name": "live", "FunctionVersion": {"Fn::GetAtt": [version, "Version"]}}
    )


def test_the_role_reaches_what_it_must(built: Built) -> None:
    bucket, _ = built.only("AWS::S3::Bucket")
    endpoint, _ = built.only("AWS::SageMaker::Endpoint")
    arn = {"Fn::GetAtt": [bucket, "Arn"]}

    def objects(*prefixes: str) -> list[dict[str, Any]]:
        return [{"Fn::Join": ["", [arn, f"/{prefix}/*"]]} for prefix in prefixes]

    (policy,) = [
        found["Properties"]["PolicyDocument"]["Statement"]
        for found in built.template.find_resources("AWS::IAM::Policy").values()
        if any("Jobs" in role["Ref"] for role in found["Properties"]["Roles"])
    ]
    # After its log and its traces. No pictures: neither the uploads nor those in the configured places.
    assert [(statement["Action"], statement["Resource"]) for statement in policy[2:]] == [
        ("s3:PutObject", objects("uploads", "jobs", "inputs")),
        ("s3:GetObject", objects("jobs", "outputs", "failures")),
        ("s3:ListBucket", arn),
        ("sagemaker:InvokeEndpointAsync", {"Ref": endpoint}),
    ]
    assert len(policy) == 6, "and its log, and X-Ray"


def test_the_image_is_built_from_its_allow_list(built: Built) -> None:
    (image,) = [source for source in built.images if source.get("dockerFile") == "functions/jobs/Dockerfile"]
    assert image["platform"] == "linux/arm64"
    context = built.directory / image["directory"]
    staged = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
    assert {"functions/jobs/handler.py", "functions/jobs/requirements.txt", "functions/common/gateway.py"} <= staged
    parts = {"/".join(path.split("/")[:2]) for path in staged}
    assert {part for part in parts if part.startswith("functions")} == {
        *("functions/__init__.py", "functions/common", "functions/jobs")
    }
    assert {part.partition("/")[0] for part in parts} == {"functions", "pricing"}
    assert not [path for path in staged if "gpu" in path]


def test_every_finding_is_acknowledged(built: Built) -> None:
    assert built.findings["violations"] == []
    assert len(built.findings["suppressedViolations"]) == 8


def test_without_a_gpu_the_function_knows_its_bucket_and_no_endpoint() -> None:
    stack = cdk.Stack()
    Jobs(
        stack,
        "Jobs",
        root=ROOT,
        architecture="x86_64",
        log_retention_days=14,
        bucket=JobsBucket(stack, "Storage").bucket,
        endpoints={},
        allowed_s3=(),
        environment={"CORS_ORIGINS": "*"},
    )
    template = assertions.Template.from_stack(stack)
    (bucket,) = template.find_resources("AWS::S3::Bucket")
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    variables = {"CORS_ORIGINS": "*", "JOBS_BUCKET": {"Ref": bucket}}
    assert function["Properties"]["Environment"]["Variables"] == variables
