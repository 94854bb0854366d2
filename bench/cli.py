"""The command line of `python -m bench`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import aesthetic, gpu, semantic, sizes
from bench.errors import BenchError
from bench.published import PUBLISHED
from bench.records import Record
from bench.reference_environment import DEFAULT_PYTHON
from bench.semantic_reach import SHAPE

_SHAPES = [entry.shape for entry in PUBLISHED]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; the exit status, which is 0 for a miss: that is a finding."""
    options = _parser().parse_args(arguments)
    try:
        record: Record = options.run(options)
    except BenchError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"\n{record.text}\n")
    written = record.write(options.out)
    if options.json:
        record.write_json(options.json)
        written.append(options.json)
    sys.stdout.write("\n" + "".join(f"{path}\n" for path in written))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measurements side by side, in one run.")
    names = parser.add_subparsers(required=True, metavar="BENCH")

    one = names.add_parser("semantic", help="the image encoder and the service, beside transformers and ONNX Runtime")
    one.add_argument("--shape", choices=_SHAPES, default=SHAPE, help="of random weights (default: %(default)s)")
    one.add_argument("--engines", nargs="+", choices=semantic.ENGINES, default=semantic.ENGINES, metavar="ENGINE")
    one.add_argument("--no-text", dest="text", action="store_false", help="leave the text tower out")
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

    several = names.add_parser("models", help="what each size of the family takes, beside its published accuracy")
    several.add_argument("--shapes", nargs="+", choices=_SHAPES, default=_SHAPES, metavar="SHAPE")
    several.set_defaults(run=_run_sizes)

    on_gpu = names.add_parser("gpu", help="the torch engines on a GPU, beside transformers and the CPU engines")
    gpu.add_arguments(on_gpu, _SHAPES, SHAPE)
    on_gpu.set_defaults(run=lambda options: gpu.run(gpu.plan(options)))

    for command in (one, reward):
        command.add_argument(
            "--checkpoint", type=_folder, metavar="DIR", help="take this one instead of random weights"
        )
        command.add_argument("--artifact", type=_folder, metavar="DIR", help="exported from it (default: made here)")
        command.add_argument(
            "--starts", type=_count, default=2, metavar="N", help="cold and warm, each (default: %(default)s)"
        )
        command.add_argument("--requests", type=_count, default=10, metavar="N", help="more, for a request's overhead")
    for command, repeats in ((one, 5), (reward, 5), (several, 10), (on_gpu, 20)):
        command.add_argument("--threads", type=_at_least_one, default=len(os.sched_getaffinity(0)), metavar="N")
        command.add_argument("--repeats", type=_at_least_one, default=repeats, metavar="N", help="default: %(default)s")
        command.add_argument(
            "--cache", type=Path, default=Path("build/bench"), metavar="DIR", help="default: %(default)s"
        )
        command.add_argument(
            "--out", type=Path, default=Path("build/bench"), metavar="DIR", help="default: %(default)s"
        )
        command.add_argument("--json", type=Path, metavar="FILE", help="write the record here, too")
    return parser


def _run_semantic(options: argparse.Namespace) -> Record:
    return semantic.run(
        semantic.Plan(
            shape=options.shape,
            checkpoint=options.checkpoint,
            artifact=options.artifact,
            cache=options.cache.resolve(),
            threads=options.threads,
            repeats=options.repeats,
            starts=options.starts,
            requests=options.requests,
            engines=tuple(options.engines),
            text=options.text,
            shown=True,
        )
    )


def _run_aesthetic(options: argparse.Namespace) -> Record:
    return aesthetic.run(
        aesthetic.RewardPlan(
            checkpoint=options.checkpoint,
            artifact=options.artifact,
            cache=options.cache.resolve(),
            # A virtual environment is known by the path of its interpreter, which is a link to another one.
            reference_python=options.reference_python.absolute(),
            threads=options.threads,
            repeats=options.repeats,
            starts=options.starts,
            requests=options.requests,
            engines=tuple(options.engines),
            shown=True,
        )
    )


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


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    return path.resolve()


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def _at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value
