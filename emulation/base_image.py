"""A stand-in for AWS's Python base image, made from Debian packages: no registry and no daemon are needed.

Python of the same minor version (Debian 13 has 3.13), entry point, paths and variables are those of
public.ecr.aws/lambda/python:3.13; the system underneath is Debian in place of Amazon Linux.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from emulation.architectures import Architecture, local_architecture
from emulation.commands import run_command
from emulation.runtime_emulator import CACHE, SHA256, fetch_runtime_emulator

SUITE: Final = "trixie"
PACKAGES: Final = ("ca-certificates", "libstdc++6", "python3", "python3-pip")
UNWANTED: Final = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*")
RUNTIME_CLIENT: Final = ("awslambdaric==4.2.2", "simplejson==4.3.0", "snapshot-restore-py==1.0.0")
OVERLAY: Final = Path(__file__).resolve().parent / "base_overlay"
CONFIGURATION: Final = (
    'ENTRYPOINT ["/lambda-entrypoint.sh"]',
    "WORKDIR /var/task",
    "ENV LANG=en_US.UTF-8",
    "ENV TZ=:/etc/localtime",
    "ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "ENV LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib",
    "ENV LAMBDA_TASK_ROOT=/var/task",
    "ENV LAMBDA_RUNTIME_DIR=/var/runtime",
)


def ensure_base_image(architecture: Architecture, cache: Path = CACHE) -> str:
    """The base image's name in podman's storage, where it is put first if it is not there.

    Its file system takes about half a minute to make, once: `cache` keeps it. Packages of another architecture than
    this machine's are unpacked and no more, so that nothing has to be emulated; what their set-up scripts would make,
    such as /etc/passwd and the list of certificate authorities, is not there.
    Raises EmulationError if a tool is missing or fails.
    """
    recipe = _recipe_digest(architecture)
    name = f"localhost/lambda-python:3.13-{architecture}-{recipe}"
    if name in run_command("podman", "images", "--format", "{{.Repository}}:{{.Tag}}").splitlines():
        return name
    archive = cache / f"lambda-python3.13-{architecture}-{recipe}.tar"
    if not archive.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            _make_file_system(architecture, Path(scratch), cache).replace(archive)
    changes = [argument for line in CONFIGURATION for argument in ("--change", line)]
    run_command("podman", "import", "--quiet", "--os", "linux", "--arch", architecture, *changes, archive, name)
    return name


def _make_file_system(architecture: Architecture, scratch: Path, cache: Path) -> Path:
    overlay = scratch / "overlay"
    _fill_overlay(overlay, architecture, cache)
    archive = scratch / "root.tar"
    command = ["mmdebstrap", "--quiet", f"--architectures={architecture}", f"--include={','.join(PACKAGES)}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in UNWANTED]
    command += ['--aptopt=Acquire::Retries "5"']
    if architecture is local_architecture():
        command += ["--variant=essential", f"--customize-hook=sync-in {overlay} /"]
    else:
        command += ["--variant=extract", "--include=?essential", f"--extract-hook=sync-in {overlay} /"]
    run_command(*command, SUITE, archive)
    return archive


def _fill_overlay(overlay: Path, architecture: Architecture, cache: Path) -> None:
    """What AWS's image has and Debian's packages do not: the runtime, its client, the emulator, Python's own place."""
    shutil.copytree(OVERLAY, overlay)
    for folder in ("var/task", "var/lang/bin", "usr/local/bin"):
        (overlay / folder).mkdir(parents=True)
    for name in ("python", "python3", "python3.13", "pip", "pip3"):
        target = "pip3" if name.startswith("pip") else "python3.13"
        (overlay / "var/lang/bin" / name).symlink_to(f"/usr/bin/{target}")
    emulator = overlay / "usr/local/bin/aws-lambda-rie"
    shutil.copyfile(fetch_runtime_emulator(architecture, cache), emulator)
    emulator.chmod(0o755)
    packages = overlay / "usr/local/lib/python3.13/dist-packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", "3.13"]
    for tag in ("manylinux_2_28", "manylinux_2_17", "manylinux2014"):
        command += ["--platform", f"{tag}_{architecture.machine}"]
    run_command(*command, "--no-deps", "--target", packages, *RUNTIME_CLIENT)
    for path in overlay.rglob("*"):  # whatever the mask of the one who builds
        if not path.is_symlink():
            path.chmod(0o755)
    overlay.chmod(0o755)


def _recipe_digest(architecture: Architecture) -> str:
    scripts = {
        str(path.relative_to(OVERLAY)): path.read_text() for path in sorted(OVERLAY.rglob("*")) if path.is_file()
    }
    recipe = [SUITE, PACKAGES, UNWANTED, RUNTIME_CLIENT, SHA256[architecture], CONFIGURATION, scripts]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]
