"""A repository with models of a few bytes, a PATH of small programs, and an account that answers as AWS does."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.stub import Stubber

import taxonomy
from ops.aws import Aws
from ops.programs import Programs

CDK_JSON = Path("cdk.json")
REGION = "us-east-1"
ACCOUNT = "123456789012"
CDK = "echo '2.1148.1 (build fcf5e34)'"


def put_model(root: Path, directory: str, *, demo: bool, target: str = "portable", name: str = "tiny") -> None:
    """An intact artifact of one file, made for the taxonomy that there is."""
    folder = root / directory
    folder.mkdir(parents=True, exist_ok=True)
    content = directory.encode()
    (folder / "graph.onnx").write_bytes(content)
    manifest = {
        "target": target,
        "model": {"id": name, "revision": "1", "demo": demo},
        "taxonomy_digest": taxonomy.load().digest,
        "files": {"graph.onnx": {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def put_repository(root: Path, changes: Mapping[str, Any] = {}) -> Path:
    """The committed configuration with `changes` by dotted key, every model there, and no model that answers."""
    document = json.loads(CDK_JSON.read_text(encoding="utf-8"))
    for key, value in changes.items():
        *sections, name = key.split(".")
        place = document["context"]
        for section in sections:
            place = place[section]
        place[name] = value
    (root / "cdk.json").write_text(json.dumps(document), encoding="utf-8")
    for function in ("semantic", "aesthetic"):
        put_model(root, f"artifacts/{function}", demo=False)
        put_model(root, f"models/demo/{function}/artifact", demo=True)
    shutil.copy("package.json", root)
    return root


def put_program(directory: Path, name: str, script: str) -> None:
    """A program of one's own: a shell script."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def programs(root: Path, **scripts: str) -> Programs:
    """A PATH of Docker, Node, the CDK and `scripts`, and of nothing else. An empty script takes a program away."""
    directory = root / "bin"
    found = {"docker": "echo 29.0.1", "node": "echo v24.1.0", "cdk": CDK} | scripts
    for name, script in found.items():
        if script:
            put_program(directory, name, script)
    return Programs({"PATH": str(directory)}, root)


class Account:
    """An account's clients, each with the answers it was given; a call that was not foreseen is an error."""

    def __init__(self) -> None:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": REGION}
        services = ("sts", "ssm", "lambda", "service-quotas", "apigateway", "cloudformation")
        self.clients = {service: boto3.client(service, **keys) for service in services}
        self.stubs = {service: Stubber(client) for service, client in self.clients.items()}

    @property
    def aws(self) -> Aws:
        return Aws(self.clients.__getitem__, REGION)

    @contextmanager
    def asked(self) -> Iterator[Aws]:
        """Every answer must be asked for."""
        for stub in self.stubs.values():
            stub.activate()
        try:
            yield self.aws
            for stub in self.stubs.values():
                stub.assert_no_pending_responses()
        finally:
            for stub in self.stubs.values():
                stub.deactivate()

    def known(self) -> None:
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me"
        self.stubs["sts"].add_response("get_caller_identity", {"Account": ACCOUNT, "Arn": arn, "UserId": "A:me"}, {})

    def bootstrapped(self, version: int = 30) -> None:
        name = "/cdk-bootstrap/hnb659fds/version"
        self.stubs["ssm"].add_response(
            "get_parameter", {"Parameter": {"Name": name, "Value": str(version)}}, {"Name": name}
        )

    def concurrency(self, total: int) -> None:
        limit = {"ConcurrentExecutions": total, "UnreservedConcurrentExecutions": total}
        self.stubs["lambda"].add_response("get_account_settings", {"AccountLimit": limit}, {})

    def has_key(self, value: str) -> None:
        asked = {"apiKey": "abc123", "includeValue": True}
        self.stubs["apigateway"].add_response("get_api_key", {"id": "abc123", "value": value}, asked)

    def has_stack(self, name: str) -> None:
        stack = {
            "StackName": name,
            "CreationTime": datetime(2026, 11, 20, tzinfo=UTC),
            "StackStatus": "CREATE_COMPLETE",
        }
        self.stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": name})

    def refused(self, service: str, method: str, code: str, message: str = "no") -> None:
        self.stubs[service].add_client_error(method, code, message)


def bare_environment(home: Path) -> dict[str, str]:
    """This process's environment without anything that names an account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
