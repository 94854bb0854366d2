"""The command of `python -m models` that covers every function."""

from __future__ import annotations

import argparse

from models import lockfile
from models.aesthetic import commands as aesthetic
from models.errors import LockError
from models.outcomes import Outcome
from models.remote_commands import learn_digests
from models.semantic import commands as semantic


def export_all(options: argparse.Namespace) -> Outcome:
    """`all`: the default model of every function that the lock names one for, into a folder each."""
    learn_digests(options.lock, shown=not options.json)
    exports = {"semantic": semantic.export, "aesthetic": aesthetic.export}
    done: dict[str, Outcome] = {}
    for model in lockfile.read_lock(options.lock).models:
        if model.function is not None:
            out = options.out / (f"{model.function}-torch" if options.engine == "torch" else model.function)
            of_this = {"checkpoint": model.repo, "revision": None, "vocab": None, "out": out}
            done[model.function] = exports[model.function](argparse.Namespace(**vars(options) | of_this))
    if not done:
        raise LockError(f"{options.lock}: names no model for any function")
    return Outcome(
        {function: outcome.result for function, outcome in done.items()},
        "\n".join(outcome.summary for outcome in done.values()),
    )
