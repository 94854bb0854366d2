"""An image's Python on a processor that is not this machine's, under QEMU's user-mode emulation.

The kernel needs to know nothing of it. What is computed is right to the last bit; how long it takes says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulation.architectures import Architecture
from emulation.commands import run_command

# What Linux shows on Graviton2. ONNX Runtime reads it, and takes the process down when it finds an x86 processor there.
_ARM64_CPUINFO: Final = """\
processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0c
CPU revision\t: 1
"""


@dataclass(frozen=True, slots=True)
class Processor:
    """A processor that QEMU knows."""

    architecture: Architecture
    model: str
    """QEMU's name for it."""

    def python(self, root: Path) -> tuple[str, ...]:
        """The command that runs the Python of an unpacked image on this processor."""
        # Under -L QEMU looks every absolute path up in that folder first; what is not there is this machine's.
        emulator = (f"qemu-{self.architecture.machine}-static", "-cpu", self.model, "-L", str(root))
        return (*emulator, str(root / "usr/bin/python3.13"))


HASWELL: Final = Processor(Architecture.AMD64, "Haswell")
"""AVX2 and nothing above it, the least that Lambda promises on x86_64: no VNNI, no AVX-512."""
NEOVERSE_N1: Final = Processor(Architecture.ARM64, "neoverse-n1")
"""Graviton2, what Lambda's arm64 functions run on."""


@contextmanager
def unpacked_image(name: str, architecture: Architecture) -> Iterator[Path]:
    """The root of an image made for `architecture`, as a folder of its own that goes when the context does. Needs root.

    Raises EmulationError if a tool is missing or fails.
    """
    container = run_command("buildah", "from", "--pull-never", "--arch", architecture, name).strip()
    try:
        root = Path(run_command("buildah", "mount", container).strip())
        if architecture is Architecture.ARM64:
            (root / "proc").mkdir(exist_ok=True)
            (root / "proc/cpuinfo").write_text(_ARM64_CPUINFO)
        yield root
    finally:
        run_command("buildah", "rm", container)
