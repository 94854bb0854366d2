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
        sys.stderr.write("interrupted; nothing was left half written\n")
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
    parser = argparse.ArgumentParser(prog="python -m models", description="From a published checkpoint to an artifact.")
    names = parser.add_subparsers(required=True, metavar="COMMAND")

    export = names.add_parser("export", help="make an artifact from a checkpoint")
    functions = export.add_subparsers(required=True, metavar="FUNCTION")
    semantic = functions.add_parser("semantic", help="from a FixRes SigLIP or SigLIP2, as transformers saves it")
    semantic.add_argument("--checkpoint", required=True, metavar="DIR_OR_HUB_ID")
    semantic.add_argument("--revision", help="commit, branch or tag of the hub repository")
    semantic.add_argument("--out", required=True, type=Path, metavar="DIR")
    _add_engine_option(semantic)
    _add_export_options(semantic)
    semantic.set_defaults(run=_run("models.semantic.commands", "export"))
    aesthetic = functions.add_parser("aesthetic", help="from ImageReward, as its authors published it")
    aesthetic.add_argument("--checkpoint", required=True, metavar="DIR_OR_HUB_ID")
    aesthetic.add_argument("--revision", help="commit, branch or tag of the hub repository")
    aesthetic.add_argument(
        "--vocab",
        metavar="DIR_OR_HUB_ID",
        help=f"where {VOCABULARY} is (default: beside the checkpoint, else {VOCABULARY_REPO})",
    )
    aesthetic.add_argument("--out", required=True, type=Path, metavar="DIR")
    _add_engine_option(aesthetic)
    _add_graph_options(aesthetic)
    aesthetic.set_defaults(run=_run("models.aesthetic.commands", "export"))

    everything = names.add_parser("all", help="fetch and export what a deploy needs, skipping what is there and intact")
    everything.add_argument("--out", type=Path, default=Path("artifacts"), metavar="DIR", help="default: %(default)s")
    _add_engine_option(everything)
    _add_export_options(everything)
    everything.set_defaults(run=_run("models.commands", "export_all"))

    embed = names.add_parser("embed", help="embed labels ahead, into an artifact, for those who will ask for them")
    embed.add_argument("--labels", required=True, type=Path, metavar="FILE", help="text in UTF-8, one label a line")
    embed.add_argument("--artifact", required=True, type=Path, metavar="DIR")
    embed.add_argument("--template", metavar="T", help='as requests give it, with "{label}" once (default: none)')
    embed.set_defaults(run=_run("models.semantic.commands", "embed"))

    canaries = names.add_parser("canaries", help="ask a live endpoint about the canary pictures, and compare")
    canaries.add_argument("--artifact", required=True, type=Path, metavar="DIR", help="what the endpoint should serve")
    canaries.add_argument(
        "--url", required=True, metavar="URL", help="of the API, as far as the routes: http://host:port"
    )
    canaries.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="sent with every request, such as x-api-key"
    )
    canaries.set_defaults(run=_run("models.remote_commands", "canaries"))

    fetch = names.add_parser("fetch", help="download what models.lock pins, and check it")
    fetch.add_argument("repo", nargs="?", metavar="HUB_ID", help="default: all of them")
    fetch.set_defaults(run=_run("models.remote_commands", "fetch"))

    lock = names.add_parser("lock", help="pin hub repositories in models.lock")
    lock.add_argument("repo", nargs="?", metavar="HUB_ID", help="default: those not pinned yet")
    lock.add_argument("--revision", help="commit, branch or tag (default: the main branch)")
    lock.set_defaults(run=_run("models.remote_commands", "lock"))

    random = names.add_parser("random", help="write a checkpoint of a published shape with random weights")
    random.add_argument("--shape", required=True, choices=sorted([*SHAPES, SHAPE]))
    random.add_argument("--out", required=True, type=Path, metavar="DIR")
    random.add_argument("--seed", type=int, default=0)
    random.set_defaults(run=_random)

    for command in (semantic, aesthetic, everything, fetch, lock):
        command.add_argument("--lock", type=Path, default=LOCK_PATH, metavar="FILE", help="default: %(default)s")
    for command in (semantic, aesthetic, everything, embed, canaries, fetch, lock, random):
        command.add_argument("--json", action="store_true", help="print the result as JSON, without progress bars")
    return parser


def _random(options: argparse.Namespace) -> Outcome:
    module = "models.aesthetic.commands" if options.shape == SHAPE else "models.semantic.commands"
    return _run(module, "random")(options)


def _add_graph_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", choices=("portable", "arm64", "x86_64"), default="portable")
    parser.add_argument(
        "--precision",
        choices=("auto", "int8", "fp32"),
        default="auto",
        help="auto: int8 but for the layers that must stay in fp32 (default); int8: all layers, or a refusal",
    )
    parser.add_argument("--force", action="store_true", help="redo what is there and intact")


def _add_engine_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine",
        choices=("onnxruntime", "torch"),
        default="onnxruntime",
        help="torch: for the GPU container; fp32 weights for any GPU, so no --target and no --precision",
    )


def _add_export_options(parser: argparse.ArgumentParser) -> None:
    _add_graph_options(parser)
    parser.add_argument(
        "--temperature",
        type=_positive,
        metavar="T",
        help=f"of the contrast profile (default: the checkpoint's own, else {DEFAULT_TEMPERATURE:g})",
    )
    parser.add_argument(
        "--no-text", dest="text", action="store_false", help="leave the text tower out, and with it open labels"
    )


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value
