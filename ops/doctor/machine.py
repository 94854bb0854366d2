"""Checks of this machine: what builds images, what runs the CDK, and room for both."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from typing import Final

from ops.doctor.findings import Finding, blocked, ok, warning
from ops.programs import Programs

PACKAGE: Final = "package.json"
NODE_MAJOR: Final = 20
GIGABYTE: Final = 10**9
# The models are staged in cdk.out, and each layer of an image is written once before it is pushed.
LEAST_GB: Final = 3
AMPLE_GB: Final = 10


def check_machine(programs: Programs) -> Iterator[Finding]:
    """Docker, Node, the CDK's command line, the disk."""
    yield _docker(programs)
    yield _node(programs)
    yield _cdk(programs)
    yield _disk(shutil.disk_usage(programs.directory).free)


def _docker(programs: Programs) -> Finding:
    name = programs.environment.get("CDK_DOCKER", "docker")
    if programs.find(name) is None:
        return blocked(
            "Docker",
            f"{name} is not on the PATH; it builds the images",
            "install Docker (https://docs.docker.com/get-docker/), or name a replacement: CDK_DOCKER=finch",
        )
    answer = programs.ask(name, "version", "--format", "{{.Server.Version}}")
    if answer.status != 0:
        return blocked("Docker", f"{name} is installed, but its daemon does not answer", "start Docker")
    return ok("Docker", f"{name} {answer.text.splitlines()[-1] if answer.text else ''}".rstrip())


def _node(programs: Programs) -> Finding:
    fix = "run `make doctor`: it puts the locked Node on the PATH"
    if programs.find("node") is None:
        return blocked("Node", "node is not on the PATH; the CDK runs on it", fix)
    answer = programs.ask("node", "--version")
    version = re.match(r"v(\d+)\.", answer.text)
    if version is None or int(version[1]) < NODE_MAJOR:
        return blocked("Node", f"node says {answer.text!r}; {NODE_MAJOR} or newer is needed", fix)
    return ok("Node", answer.text)


def _cdk(programs: Programs) -> Finding:
    """The one that is locked: an unpinned install resolves to a release that was published by accident."""
    locked = json.loads((programs.directory / PACKAGE).read_text(encoding="utf-8"))["devDependencies"]["aws-cdk"]
    fix = "run `make doctor`: it installs the locked version and puts it on the PATH"
    if programs.find("cdk") is None:
        return blocked("CDK", "cdk is not on the PATH", fix)
    answer = programs.ask("cdk", "--version").text
    if answer.partition(" ")[0] != locked:
        return blocked("CDK", f"cdk says {answer!r}; {locked} is locked", fix)
    return ok("CDK", locked)


def _disk(free_bytes: int) -> Finding:
    free = f"{free_bytes / GIGABYTE:.0f} GB free"
    fix = "free some space: `make clean` removes build output, `docker system prune` unused images"
    if free_bytes < LEAST_GB * GIGABYTE:
        return blocked("Disk", f"{free}; building the images takes at least {LEAST_GB} GB", fix)
    if free_bytes < AMPLE_GB * GIGABYTE:
        return warning("Disk", f"{free}; images of published models take up to {AMPLE_GB} GB", fix)
    return ok("Disk", free)
