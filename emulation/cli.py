"""The command line of `python -m emulation`."""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emulation.architectures import Architecture, local_architecture
from emulation.container import MEMORY_MB_PER_VCPU, FunctionContainer
from emulation.errors import EmulationError
from emulation.execution_environment import DEFAULT_MEMORY_MB, ExecutionEnvironment
from emulation.function_image import (
    build_function_image,
    default_artifacts,
    forget_cached_files,
    image_size_bytes,
    mounted_image,
    task_sizes_bytes,
)
from emulation.gateway_events import Event
from emulation.invocations import Invocation
from emulation.requests import EXAMPLE, FUNCTIONS, request_event
from ops.options import Parser, whole

_WARM_CALLS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status. What this package raises is one message on standard error."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except EmulationError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(
        prog="python -m emulation", description="Runs the functions as Lambda runs them."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    invoke = commands.add_parser("invoke", help="one REST event through the Lambda runtime emulator")
    invoke.add_argument("--route", default="", metavar="PATH", help="default: /detect, or /score")
    invoke.add_argument(
        "--method", default="", metavar="METHOD", help="default: POST, but GET for /filters, /info and /health"
    )
    invoke.set_defaults(run=_invoke)

    image = commands.add_parser("image", help="build a function's image without a daemon")
    image.add_argument(
        "--artifacts",
        type=Path,
        metavar="DIR",
        help="the model, inside the repository (default: the one make serve uses)",
    )
    image.add_argument("--architecture", type=Architecture, choices=list(Architecture), help="default: this machine's")
    image.add_argument("--base-image", metavar="NAME", help="a base image to pull instead of the local stand-in")
    image.set_defaults(run=_build)

    measure = commands.add_parser("measure", help="cold start and peak memory of a built image under Lambda's limits")
    measure.add_argument(
        "--memory-mb",
        type=whole(128, 10_240),
        default=DEFAULT_MEMORY_MB,
        metavar="N",
        help="the function's memory (default: %(default)d)",
    )
    measure.set_defaults(run=_measure, route="", method="")

    for command in (invoke, image, measure):
        command.add_argument("--function", default="semantic", choices=tuple(FUNCTIONS))
    for command in (invoke, measure):
        command.add_argument(
            "--image",
            type=Path,
            nargs="+",
            default=[EXAMPLE],
            metavar="FILE",
            help="the picture to send; several for a batch (default: one of the demo's)",
        )
        command.add_argument("--filters", default="", metavar="NAME,NAME", help="requested_filters, for /align")
        command.add_argument("--prompt", metavar="TEXT", help="what the pictures were made for, for /score")
    return parser


def _invoke(options: argparse.Namespace) -> int:
    variable = f"{options.function.upper()}_ARTIFACTS"
    environment = {variable: str(Path(os.environ[variable]).resolve())} if os.environ.get(variable) else {}
    with ExecutionEnvironment(f"functions.{options.function}.handler.handler", environment) as lambda_function:
        invocation = lambda_function.invoke(_event(options))
    answer = invocation.payload
    _write_answer(answer)
    if invocation.report is not None:
        sys.stdout.write(f"\n{invocation.report.line}\n")
        sys.stdout.write(f"INIT REPORT Init Duration: {invocation.report.init_duration_ms:.2f} ms\n")
    return 0 if answer.get("statusCode", 500) < 400 else 1


def _event(options: argparse.Namespace) -> Event:
    return request_event(
        FUNCTIONS[options.function],
        options.route,
        options.image,
        method=options.method,
        filters=options.filters.split(",") if options.filters else (),
        prompt=options.prompt,
    )


def _write_answer(answer: Any) -> None:
    if not isinstance(answer, dict) or "statusCode" not in answer:
        raise EmulationError(f"the handler's answer is not a gateway response: {json.dumps(answer)[:2000]}")
    sys.stdout.write(f"HTTP {answer['statusCode']}\n")
    for name, value in (answer.get("headers") or {}).items():
        sys.stdout.write(f"{name}: {value}\n")
    text = base64.b64decode(answer["body"]).decode() if answer.get("isBase64Encoded") else answer["body"]
    sys.stdout.write(f"\n{json.dumps(json.loads(text), indent=2)}\n")


def _build(options: argparse.Namespace) -> int:
    artifacts = (options.artifacts or default_artifacts(options.function)).resolve()
    sys.stdout.write(f"building the image of {options.function} with the model in {artifacts} ...\n")
    sys.stdout.flush()
    name = build_function_image(
        options.function, artifacts, architecture=options.architecture, base_image=options.base_image
    )
    with mounted_image(name) as root:
        sizes = task_sizes_bytes(root)
    sys.stdout.write(f"{name}: {_megabytes(image_size_bytes(name))}, of which {_megabytes(sum(sizes.values()))} in\n")
    for entry, size in sizes.items():
        if size >= 1e6 or entry in {"artifacts", "functions"}:
            sys.stdout.write(f"  {_megabytes(size):>9}  {entry}\n")
    return 0


def _measure(options: argparse.Namespace) -> int:
    name = f"localhost/imajin-{options.function}:{local_architecture()}"
    event = _event(options)
    with mounted_image(name) as root:
        forget_cached_files(root)
    with FunctionContainer(name, memory_mb=options.memory_mb) as container:
        first = container.invoke(event)
        warm = [container.invoke(event) for _ in range(_WARM_CALLS)]
        memory = container.memory()
        start = container.start_seconds
    _require_success(first)
    if first.report is None or first.report.init_duration_ms is None:
        raise EmulationError(f"no INIT REPORT:\n{first.log}")
    rows = {
        "image": f"{name}, {_megabytes(image_size_bytes(name))}",
        "limits": f"{options.memory_mb} MB, {options.memory_mb / MEMORY_MB_PER_VCPU:.2f} vCPU",
        "container start": f"{start:.2f} s",
        "init": f"{first.report.init_duration_ms / 1000:.2f} s",
        "cold answer": f"{start + first.answer.seconds:.2f} s, container start and init included, no file cached",
        "warm answer": f"{min(call.answer.seconds for call in warm):.3f} s, best of {_WARM_CALLS}",
        "peak memory": f"{_megabytes(memory.peak_bytes)} as the limit counts it, files read included; "
        f"{_megabytes(memory.resident_peak_bytes)} resident",
    }
    for label, text in rows.items():
        sys.stdout.write(f"{label:<16} {text}\n")
    return 0


def _require_success(invocation: Invocation) -> None:
    if invocation.payload.get("statusCode") != 200:
        raise EmulationError(f"the function answered {json.dumps(invocation.payload)[:2000]}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
