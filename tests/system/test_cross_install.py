"""An arm64 image's packages are installed here without emulating anything."""

import struct
from pathlib import Path

import pytest

from emulation.architectures import Architecture
from emulation.function_image import build_dependencies, mounted_image
from tests.system.subjects import Subject

pytestmark = pytest.mark.system

# ELF header: e_machine, the half-word at byte 18 (System V ABI).
ELF_MACHINE = {Architecture.AMD64: 62, Architecture.ARM64: 183}


@pytest.mark.parametrize("architecture", list(Architecture))
def test_every_library_is_the_targets(subject: Subject, architecture: Architecture) -> None:
    with mounted_image(build_dependencies(subject.name, architecture)) as root:
        libraries = [path for path in (root / "dependencies").rglob("*.so*") if path.is_file()]
        machines = {machine(path) for path in libraries}
        assert machines == {ELF_MACHINE[architecture]}
        names = {path.relative_to(root / "dependencies").parts[0] for path in libraries}
        assert {"numpy", "onnxruntime", "PIL", "pydantic_core"} <= names


def machine(library: Path) -> int:
    with library.open("rb") as opened:
        header = opened.read(20)
    assert header.startswith(b"\x7fELF")
    (number,) = struct.unpack_from("<H", header, 18)
    return int(number)
