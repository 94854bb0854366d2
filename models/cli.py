"""The command line of `python -m models`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from models.aesthetic.layout import SHAPE, VOCABULARY, VOCABULARY_REPO
from models.errors import ModelsError
from models.lockfile import LOCK_PATH
from models.options import Parser, positive
from models.outcomes import Outcome
from models.semantic.layout import DEFAULT_TEMPERATURE, SHAPES


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 2 where it cannot be done, which one sentence on standard error says."""
    options = _parser().parse_args(arguments)
    try:
        outcome: Outcome = options.run(options)
    except ModelsError as error:
        return _refused(str(error))
    except OSError as error:  # a full disk, a folder of someone else's
        place = f"{error.filename}: " if error.filename else ""
        return _refused(f"{place}{error.strerror or f'a file cannot be read or written ({error})'}")
    except KeyboardInterrupt:
        sys.stderr.write("stopped; nothing was left half written\n")
        return 130
    sys.stdout.write((json.dumps(outcome.result, indent=2) if options.json else outcome.summary) + "\n")
    return outcome.status


def _refused(why: str) -> int:
    sys.stderr.write(f"error: {why}\n")
    return 2


def _run(module: str, command: str) -> Callable[[argparse.Namespace], Outcome]:
    """A command whose module is imported when it is asked for: torch takes seconds, and only some need it."""

    def run(options: argparse.Namespace) -> Outcome:
        outcome: Outcome = getattr(import_module(module), command)(options)
        return outcome

    return run


def _parser() -> argparse.ArgumentParser:
    description = "From a published checkpoint to an artifact that a service can serve."
    parser: argparse.ArgumentParser = Parser(prog="python -m models", description=description)
    names = parser.add_subparsers(required=True, metavar="COMMAND")

    export = names.add_parser("export", help="make an artifact from a checkpoint")
    functions = export.add_subparsers(required=True, metavar="FUNCTION")
    semantic = functions.add_parser("semantic", help="from a FixRes SigLIP or SigLIP2, as transformers saves it")
    _add_source_options(semantic)
    _add_engine_option(semantic)
    _add_export_options(semantic)
    semantic.set_defaults(run=_run("models.semantic.commands", "export"))
    aesthetic = functions.add_parser("aesthetic", help="from ImageReward, as its authors published it")
    _add_source_options(aesthetic)
    aesthetic.add_argument(
        "--vocab",
        metavar="DIR_OR_HUB_ID",
        help=f"source of {VOCABULARY} (default: the checkpoint's folder if it is there, else {VOCABULARY_REPO})",
    )
    _add_engine_option(aesthetic)
    _add_graph_options(aesthetic)
    aesthetic.set_defaults(run=_run("models.aesthetic.commands", "export"))

    everything = names.add_parser("all", help="fetch and export what a deploy needs; what is there and intact is kept")
    everything.add_argument(
        "--out",
        type=Path,
        default=Path("artifacts"),
        metavar="DIR",
        help="folder that gets a folder for each artifact (default: %(default)s)",
    )
    _add_engine_option(everything)
    _add_export_options(everything)
    everything.set_defaults(run=_run("models.commands", "export_all"))

    embed = names.add_parser("embed", help="embed labels into an artifact ahead of the requests that ask for them")
    embed.add_argument("--labels", required=True, type=Path, metavar="FILE", help="text in UTF-8, one label per line")
    embed.add_argument("--artifact", required=True, type=Path, metavar="DIR", help="semantic artifact to extend")
    embed.add_argument("--template", metavar="T", help='template of the requests, with "{label}" once (default: none)')
    embed.set_defaults(run=_run("models.semantic.commands", "embed"))

    canaries = names.add_parser("canaries", help="send the canary pictures to a live endpoint, and compare its answers")
    canaries.add_argument("--artifact", required=True, type=Path, metavar="DIR", help="what the endpoint should serve")
    canaries.add_argument(
        "--url", required=True, metavar="URL", help="base URL of the API, without a route: http://host:port"
    )
    canaries.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME:VALUE",
        help="sent with every request, such as x-api-key; can be given several times",
    )
    canaries.set_defaults(run=_run("models.remote_commands", "canaries"))

    fetch = names.add_parser("fetch", help="download the files that models.lock pins, and check them")
    fetch.add_argument("repo", nargs="?", metavar="HUB_ID", help="one repository (default: all of them)")
    fetch.set_defaults(run=_run("models.remote_commands", "fetch"))

    lock = names.add_parser("lock", help="pin hub repositories in models.lock")
    lock.add_argument("repo", nargs="?", metavar="HUB_ID", help="one repository (default: those not pinned yet)")
    lock.add_argument("--revision", help="commit, branch or tag (default: the main branch)")
    lock.set_defaults(run=_run("models.remote_commands", "lock"))

    random = names.add_parser("random", help="write a checkpoint of a published shape with random weights")
    random.add_argument("--shape", required=True, choices=sorted([*SHAPES, SHAPE]), help="published shape")
    random.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the checkpoint")
    random.add_argument(
        "--seed", type=int, default=0, help=f"seed of the weights (default: %(default)s; {SHAPE} has no other)"
    )
    random.set_defaults(run=_random)

    for command in (semantic, aesthetic, everything, fetch, lock):
        command.add_argument(
            "--lock", type=Path, default=LOCK_PATH, metavar="FILE", help="lock file (default: the package's own)"
        )
    for command in (semantic, aesthetic, everything, embed, canaries, fetch, lock, random):
        command.add_argument("--json", action="store_true", help="print the result as JSON, and no progress bars")
    return parser


def _random(options: argparse.Namespace) -> Outcome:
    module = "models.aesthetic.commands" if options.shape == SHAPE else "models.semantic.commands"
    return _run(module, "random")(options)


def _add_source_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint", required=True, metavar="DIR_OR_HUB_ID", help="local folder, or owner/name on the model hub"
    )
    parser.add_argument(
        "--revision",
        help="commit, branch or tag on the hub (default: the pinned commit, else the main branch)",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the artifact")


def _add_graph_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target",
        choices=("portable", "arm64", "x86_64"),
        default="portable",
        help="processor to quantise for: arm64 uses the full int8 range, others a reduced one (default: %(default)s)",
    )
    parser.add_argument(
        "--precision",
        choices=("auto", "int8", "fp32"),
        default="auto",
        help="auto: int8 except for layers that must stay in fp32; int8: all layers, or a refusal; fp32: not quantised "
        "(default: %(default)s)",
    )
    parser.add_argument("--force", action="store_true", help="export again even if the artifact is there and intact")


def _add_engine_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=("onnxruntime", "torch"),
        default="onnxruntime",
        help="onnxruntime: for Lambda; torch: for the GPU container, always in fp32, so it takes no --target or "
        "--precision (default: %(default)s)",
    )


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    _add_graph_options(parser)
    parser.add_argument(
        "--temperature",
        type=positive,
        metavar="T",
        help=f"T of the contrast profile (default: the checkpoint's own, else {DEFAULT_TEMPERATURE:g})",
    )
    parser.add_argument(
        "--no-text", dest="text", action="store_false", help="leave out the text tower, and with it open labels"
    )
