"""The command line of `python -m models`."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import taxonomy
from models.checkpoint import open_checkpoint
from models.errors import ModelsError
from models.semantic import DEFAULT_TEMPERATURE, Export, export_semantic


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. Errors of this package are one sentence on standard error."""
    options = _parser().parse_args(arguments)
    try:
        result: dict[str, Any] = options.run(options)
    except ModelsError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(json.dumps(result, indent=2) + "\n" if options.json else result["summary"] + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="From a checkpoint to an artifact.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    export = commands.add_parser("export", help="make an artifact from a checkpoint")
    functions = export.add_subparsers(required=True, metavar="FUNCTION")
    semantic = functions.add_parser("semantic", help="a FixRes SigLIP or SigLIP2 checkpoint, as transformers saves it")
    semantic.add_argument("--checkpoint", required=True, metavar="DIR_OR_HUB_ID")
    semantic.add_argument("--revision", help="commit, branch or tag of the hub repository")
    semantic.add_argument("--out", required=True, type=Path, metavar="DIR")
    semantic.add_argument("--target", choices=("portable", "arm64", "x86_64"), default="portable")
    semantic.add_argument("--precision", choices=("int8", "fp32"), default="int8")
    semantic.add_argument(
        "--temperature",
        type=_positive,
        metavar="T",
        help=f"of the contrast profile (default: the checkpoint's own, else {DEFAULT_TEMPERATURE:g})",
    )
    semantic.add_argument("--force", action="store_true", help="redo what is there and intact")
    semantic.add_argument("--json", action="store_true", help="print the result as JSON, without progress bars")
    semantic.set_defaults(run=_export_semantic)
    return parser


def _export_semantic(options: argparse.Namespace) -> dict[str, Any]:
    started = time.monotonic()
    checkpoint = open_checkpoint(Path(options.checkpoint), shown=not options.json)
    export = export_semantic(
        checkpoint,
        taxonomy.load(),
        options.out,
        target=options.target,
        precision=options.precision,
        temperature=options.temperature,
        force=options.force,
        shown=not options.json,
    )
    return export_result(export, options.out, time.monotonic() - started)


def export_result(export: Export, out: Path, seconds: float) -> dict[str, Any]:
    """What an export prints: all of it as JSON, or the summary."""
    manifest, figures = export.manifest, export.parity
    megabytes = sum(file.bytes for file in manifest.files.values()) / 1e6
    lines = [
        f"{out}: {'unchanged' if figures is None else 'written'}",
        f"  {manifest.model.id} {manifest.model.revision or ''}".rstrip(),
        f"  {manifest.precision} for {manifest.target}, {megabytes:.1f} MB, digest {export.digest[:12]}",
    ]
    if figures is not None:
        lines.append(f"  parity on {figures.pictures}:")
        for name, found in (("fp32 against torch", figures.fp32), ("int8 against fp32", figures.int8)):
            if found is not None:
                lines.append(
                    f"    {name}: logits differ by at most {found.max_logit:.2g} (95th percentile "
                    f"{found.p95_logit:.2g}), cosine at least {found.min_cosine:.6f}"
                )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append(f"  {seconds:.0f} s, at most {peak_mb:.0f} MB of memory")
    return {
        "out": str(out),
        "status": "unchanged" if figures is None else "written",
        "digest": export.digest,
        "manifest": manifest.model_dump(mode="json"),
        "parity": figures.as_json() if figures else None,
        "seconds": round(seconds, 1),
        "peak_memory_mb": round(peak_mb),
        "summary": "\n".join(lines),
    }


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
