"""The commands of `python -m models` that only talk to the model hub or an endpoint, and so need no torch."""

from __future__ import annotations

import argparse
from pathlib import Path

from models import hub, lockfile
from models.canaries import ask_canaries
from models.errors import LockError
from models.outcomes import Outcome


def canaries(options: argparse.Namespace) -> Outcome:
    """`canaries`: does a live endpoint answer as the artifact did when it was made?"""
    found = ask_canaries(options.artifact, options.url, options.header, shown=not options.json)
    return Outcome(found.as_json(), found.table(), status=0 if found.passed else 1)


def fetch(options: argparse.Namespace) -> Outcome:
    """`fetch`: pinned files, checked."""
    lock = lockfile.read_lock(options.lock)
    chosen = lock.models
    if options.repo is not None:
        found = lock.find(options.repo)
        if found is None:
            raise LockError(f"{options.repo} is not in {options.lock.name}: add it with `python -m models lock`")
        chosen = (found,)
    folders = {model.repo: str(hub.fetch(model, shown=not options.json)) for model in chosen}
    lines = [f"{repo}: intact in {folder}" for repo, folder in folders.items()]
    return Outcome({"folders": folders}, "\n".join(lines))


def lock(options: argparse.Namespace) -> Outcome:
    """`lock`: commits and digests, from the hub's own metadata."""
    current = lockfile.read_lock(options.lock)
    if options.repo is not None:
        wanted = [options.repo]
    else:
        wanted = [model.repo for model in current.models if model.commit is None or not model.files]
    pinned = {}
    for repo in wanted:
        known = current.find(repo)
        entry = hub.pin(
            repo,
            options.revision,
            function=known.function if known else None,
            wanted=known.wanted if known else None,
            shown=not options.json,
        )
        current = current.replacing(entry)
        pinned[repo] = entry.commit
    lockfile.write_lock(current, options.lock)
    lines = [f"{repo}: pinned at {commit}" for repo, commit in pinned.items()] or ["every model is already pinned"]
    return Outcome({"pinned": pinned}, "\n".join(lines))


def learn_digests(path: Path, *, shown: bool) -> None:
    """Ask the hub for the digests of what is pinned by its commit alone, and keep them: from then on they must hold."""
    current = lockfile.read_lock(path)
    for model in current.models:
        if model.function is not None and model.commit is not None and not model.files:
            told = hub.pin(model.repo, model.commit, function=model.function, wanted=model.wanted, shown=shown)
            current = current.replacing(told)
            lockfile.write_lock(current, path)
