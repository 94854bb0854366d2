"""A function's image, built from its Dockerfile without a daemon."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from emulation.architectures import Architecture, local_architecture
from emulation.base_image import ensure_base_image
from emulation.commands import run_command
from emulation.errors import EmulationError
from emulation.runtime_emulator import REPOSITORY_ROOT

TASK_ROOT: Final = "var/task"
_CERTIFICATES: Final = Path("/etc/ssl/certs")


def default_artifacts(function: str, root: Path = REPOSITORY_ROOT) -> Path:
    """`artifacts/<function>` if it is there, else the demo model's artifacts, as everywhere in this project."""
    exported = root / "artifacts" / function
    return exported if exported.is_dir() else root / "models" / "demo" / function / "artifact"


def build_function_image(
    function: str,
    artifacts: Path | None,
    *,
    architecture: Architecture | None = None,
    base_image: str | None = None,
    context: Path = REPOSITORY_ROOT,
) -> str:
    """Builds `functions/<function>/Dockerfile` and gives the image's name.

    `base_image` is a name to pull; without one it is the local stand-in. `artifacts` lies within `context`, among what
    the function's allow-list admits; a function without a model has none. Only what changed is built anew.
    Raises EmulationError if a tool is missing or fails.
    """
    if artifacts is not None and not (artifacts.is_dir() and artifacts.is_relative_to(context)):
        raise EmulationError(f"artifacts must be a directory inside {context}, got {artifacts}")
    target = architecture or local_architecture()
    name = f"localhost/imajin-{function}:{target}"
    arguments = {"BASE_IMAGE": base_image or ensure_base_image(target)}
    if artifacts is not None:
        arguments["ARTIFACTS"] = str(artifacts.relative_to(context))
    if base_image is None:
        arguments["BUILD_IMAGE"] = ensure_base_image(local_architecture())
    _build(function, target, name, arguments, context, pull=base_image is not None)
    return name


def build_dependencies(function: str, architecture: Architecture, *, context: Path = REPOSITORY_ROOT) -> str:
    """Builds only the stage with the packages (at /dependencies), here for any machine; gives its image's name."""
    name = f"localhost/imajin-{function}-dependencies:{architecture}"
    arguments = {"BASE_IMAGE": ensure_base_image(local_architecture())}
    _build(function, architecture, name, arguments, context, stage="dependencies")
    return name


def _build(
    function: str,
    architecture: Architecture,
    name: str,
    arguments: Mapping[str, str],
    context: Path,
    *,
    stage: str = "",
    pull: bool = False,
) -> None:
    dockerfile = context / "functions" / function / "Dockerfile"
    command = ["buildah", "build", "--layers", "--isolation", "chroot", "--network", "host"]
    command += ["--platform", f"linux/{architecture}", "--file", str(dockerfile)]
    command += ["--ignorefile", f"{dockerfile}.dockerignore", "--tag", name]
    command += ["--target", stage] if stage else []
    command += [] if pull else ["--pull-never"]
    # BuildKit knows both; buildah before 1.29 wants to be told.
    platforms = {"BUILDPLATFORM": f"linux/{local_architecture()}", "TARGETPLATFORM": f"linux/{architecture}"}
    for argument, value in {**platforms, **arguments}.items():
        command += ["--build-arg", f"{argument}={value}"]
    if _CERTIFICATES.is_dir():
        # Behind a proxy that re-signs TLS only this machine's certificate authorities will do.
        command += ["--volume", f"{_CERTIFICATES}:{_CERTIFICATES}:ro"]
    run_command(*command, str(context))


def image_size_bytes(name: str) -> int:
    """The size of an image's layers, uncompressed, its base included."""
    return int(run_command("podman", "image", "inspect", "--format", "{{.Size}}", name))


@contextmanager
def mounted_image(name: str) -> Iterator[Path]:
    """The root of an image's file system, readable while the context lasts. Needs root."""
    root = Path(run_command("podman", "image", "mount", name).strip())
    try:
        yield root
    finally:
        run_command("podman", "image", "unmount", name)


def task_sizes_bytes(root: Path) -> dict[str, int]:
    """Bytes below each entry of the task root in a mounted image, largest first."""
    sizes = {
        entry.name: sum(path.lstat().st_size for path in (entry, *entry.rglob("*")) if path.is_file())
        for entry in (root / TASK_ROOT).iterdir()
    }
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def forget_cached_files(root: Path) -> None:
    """Drops a mounted image's files from the page cache, so that what runs next reads them, and is charged for them."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)  # pages not yet written could not be dropped
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
