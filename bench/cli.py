"""The command line of `python -m bench`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import aesthetic, gpu_options, semantic, sizes
from bench.errors import BenchError
from bench.published import PUBLISHED
from bench.records import Record
from bench.reference_environment import DEFAULT_PYTHON
from bench.semantic_targets import SHAPE
from ops.options import Parser, model_shape, whole

_SHAPES = [entry.shape for entry in PUBLISHED]
_COUNT, _AT_LEAST_ONE = whole(0, 10_000), whole(1, 10_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit status, which is 0 for a miss: that is a finding."""
    options = _parser().parse_args(arguments)
    try:
        _make_room(options.out, *([options.json.parent] if options.json else []))
        record: Record = options.run(options)
    except BenchError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stopped; nothing was written\n")
        return 130
    sys.stdout.write(f"\n{record.text}\n")
    written = record.write(options.out)
    if options.json:
        record.write_json(options.json)
        written.append(options.json)
    sys.stdout.write("\n" + "".join(f"{path}\n" for path in written))
    return 0


def _make_room(*folders: Path) -> None:
    """Before anything is measured: it would be for nothing if it could not be written."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BenchError(f"{folder}: cannot be written to ({error.strerror or error})") from error


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m bench", description="Measures these engines and others side by side, in one run.")
    names = parser.add_subparsers(required=True, metavar="BENCH")

    one = names.add_parser("semantic", help="the image encoder and the service, beside transformers and ONNX Runtime")
    one.add_argument(
        "--shape", type=model_shape, choices=_SHAPES, default=SHAPE, help="of random weights (default: %(default)s)"
    )
    one.add_argument("--engines", nargs="+", choices=semantic.ENGINES, default=semantic.ENGINES, metavar="ENGINE")
    one.add_argument("--no-text", dest="text", action="store_false", help="skip the text tower")
    one.set_defaults(run=_run_semantic)

    reward = names.add_parser("aesthetic", help="the reward model and the service, beside image-reward and torch")
    reward.add_argument("--engines", nargs="+", choices=aesthetic.ENGINES, default=aesthetic.ENGINES, metavar="ENGINE")
    reward.add_argument(
        "--reference-python",
        type=Path,
        default=DEFAULT_PYTHON,
        metavar="FILE",
        help="the official package's interpreter (default: the one make reference sets up)",
    )
    reward.set_defaults(run=_run_aesthetic)

    several = names.add_parser("models", help="each model size: speed and memory, beside its published accuracy")
    several.add_argument("--shapes", type=model_shape, nargs="+", choices=_SHAPES, default=_SHAPES, metavar="SHAPE")
    several.set_defaults(run=_run_sizes)

    on_gpu = names.add_parser("gpu", help="the torch engines on a GPU, beside transformers and the CPU engines")
    gpu_options.add_arguments(on_gpu, _SHAPES, SHAPE)
    on_gpu.set_defaults(run=_run_gpu)

    for command in (one, reward):
        command.add_argument(
            "--checkpoint", type=_folder, metavar="DIR", help="measure this checkpoint instead of random weights"
        )
        command.add_argument(
            "--artifact", type=_folder, metavar="DIR", help="exported from that checkpoint (default: exported here)"
        )
        command.add_argument(
            "--starts", type=_COUNT, default=2, metavar="N", help="of each kind, cold and warm (default: %(default)s)"
        )
        command.add_argument(
            "--requests",
            type=_COUNT,
            default=10,
            metavar="N",
            help="additional requests, to measure their overhead (default: %(default)s)",
        )
    for command, repeats in ((one, 5), (reward, 5), (several, 10), (on_gpu, 20)):
        command.add_argument("--threads", type=_AT_LEAST_ONE, default=len(os.sched_getaffinity(0)), metavar="N")
        command.add_argument("--repeats", type=_AT_LEAST_ONE, default=repeats, metavar="N", help="default: %(default)s")
        command.add_argument(
            "--cache", type=Path, default=Path("build/bench"), metavar="DIR", help="default: %(default)s"
        )
        command.add_argument(
            "--out", type=Path, default=Path("build/bench"), metavar="DIR", help="default: %(default)s"
        )
        command.add_argument("--json", type=Path, metavar="FILE", help="also write the record to this file")
    return parser


def _run_semantic(options: argparse.Namespace) -> Record:
    return semantic.run(semantic.Plan(**_of_a_service(options), shape=options.shape, text=options.text))


def _run_aesthetic(options: argparse.Namespace) -> Record:
    # A virtual environment is known by the path of its interpreter, which is a link to another one.
    reference_python = options.reference_python.absolute()
    return aesthetic.run(aesthetic.Plan(**_of_a_service(options), reference_python=reference_python))


def _of_a_service(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of every `side_by_side.Plan`."""
    return {
        "checkpoint": options.checkpoint,
        "artifact": options.artifact,
        "cache": options.cache.resolve(),
        "threads": options.threads,
        "repeats": options.repeats,
        "starts": options.starts,
        "requests": options.requests,
        "engines": tuple(options.engines),
        "shown": True,
    }


def _run_sizes(options: argparse.Namespace) -> Record:
    return sizes.run(
        sizes.SizesPlan(
            shapes=tuple(options.shapes),
            cache=options.cache.resolve(),
            threads=options.threads,
            repeats=options.repeats,
            shown=True,
        )
    )


def _run_gpu(options: argparse.Namespace) -> Record:
    from bench import gpu  # noqa: PLC0415 - torch and transformers take seconds, and no other bench has use for them here

    return gpu.run(gpu.plan(options))


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: no such folder")
    return path.resolve()
