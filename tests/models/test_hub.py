"""The hub's real client in a process of its own, against a server on this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from transformers import SiglipModel

from functions.common.manifest import FileDigest
from functions.semantic.manifest import read_manifest
from models.aesthetic.generated_checkpoint import write_generated_checkpoint
from models.digests import file_sha256
from models.lockfile import Lock, LockedModel, read_lock, write_lock
from models.semantic.layout import Shape
from models.semantic.random_checkpoint import write_random_checkpoint
from tests.models.aesthetic.generated_checkpoints import PIECES, TINY
from tests.models.hub_server import COMMIT, REPO, HubServer, serving

NEEDED = ["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"]
_SEVERAL = """
import contextlib, io, json, sys
from models.cli import main
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


@dataclass
class Machine:
    """A machine with a cache and a lock file of its own; the hub it reaches."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def lock(self) -> Path:
        return self.home / "models.lock"

    @property
    def cached(self) -> Path:
        return self.home / "hub" / "models--owner--tiny-siglip" / "snapshots" / COMMIT

    def run(self, *commands: list[str]) -> list[tuple[int, str, str]]:
        """Exit status, output and errors of commands run one after the other in one new process."""
        with_lock = [command if "--lock" in command else [*command, "--lock", str(self.lock)] for command in commands]
        environment = os.environ | {"HF_HOME": str(self.home)} | self.environment
        done = subprocess.run(
            [sys.executable, "-c", _SEVERAL, json.dumps(with_lock)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        return [(status, out, err) for status, out, err in map(json.loads, done.stdout.splitlines())]


@pytest.fixture
def files(published: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in published.iterdir()}


@pytest.fixture
def hub(files: dict[str, bytes]) -> Iterator[HubServer]:
    with serving(files | {"README.md": b"not needed", "pytorch_model.bin": b"not wanted"}) as server:
        yield server


@pytest.fixture
def machine(hub: HubServer, tmp_path: Path) -> Machine:
    return Machine(tmp_path, {"HF_ENDPOINT": hub.endpoint})


def _pin(machine: Machine, published: Path) -> None:
    files = {
        name: FileDigest(bytes=(published / name).stat().st_size, sha256=file_sha256(published / name))
        for name in NEEDED
    }
    write_lock(Lock(models=(LockedModel(repo=REPO, commit=COMMIT, files=files),)), machine.lock)


def test_lock_then_fetch(machine: Machine, hub: HubServer, published: Path) -> None:
    machine.lock.write_text(f'[[models]]\nrepo = "{REPO}"\nfunction = "semantic"\n')
    unpinned, unknown, nowhere, unlisted, locked, fetched = machine.run(
        ["fetch"],
        ["lock", REPO, "--revision", "none"],
        ["lock", "owner/none"],
        ["fetch", "owner/none"],
        ["lock"],
        ["fetch", "--json"],
    )
    assert unpinned == (
        2,
        "",
        f"error: {REPO} is not pinned: run `python -m models lock` where the model hub can be reached\n",
    )
    assert unknown == (2, "", f"error: {REPO}@none: the repository has no such revision\n")
    assert nowhere == (2, "", "error: owner/none: the model hub has no such repository, or it is private\n")
    assert unlisted == (2, "", "error: owner/none is not in models.lock: add it with `python -m models lock`\n")
    assert locked[:2] == (0, f"{REPO}: pinned at {COMMIT}\n")
    model = read_lock(machine.lock).default("semantic")
    assert (model.repo, model.commit, model.source) == (REPO, COMMIT, f"metadata of {hub.endpoint}")
    assert {name: file.sha256 for name, file in model.files.items()} == {
        name: file_sha256(published / name) for name in NEEDED
    }
    assert (fetched[0], json.loads(fetched[1])) == (0, {"folders": {REPO: str(machine.cached)}})
    assert sorted(path.name for path in machine.cached.iterdir()) == NEEDED


def test_files_of_another_kind_are_named(machine: Machine, published: Path) -> None:
    machine.lock.write_text(f'[[models]]\nrepo = "{REPO}"\nwanted = ["config.json", "README.md"]\n')
    other = machine.home / "other.lock"
    other.write_text(f'[[models]]\nrepo = "{REPO}"\nwanted = ["vocab.txt"]\n')
    locked, fetched, lacking = machine.run(["lock"], ["fetch"], ["lock", "--lock", str(other)])
    assert locked[:2] == (0, f"{REPO}: pinned at {COMMIT}\n")
    model = read_lock(machine.lock).find(REPO)
    assert model is not None
    assert (model.wanted, sorted(model.files)) == (("config.json", "README.md"), ["README.md", "config.json"])
    assert model.files["config.json"].sha256 == file_sha256(published / "config.json")
    assert fetched[:2] == (0, f"{REPO}: intact in {machine.cached}\n")
    assert sorted(path.name for path in machine.cached.iterdir()) == ["README.md", "config.json"]
    assert lacking == (2, "", f"error: {REPO}: cannot be exported, because it has no vocab.txt\n")


def test_what_is_here_is_checked_and_not_asked_for_again(machine: Machine, hub: HubServer, published: Path) -> None:
    _pin(machine, published)
    assert machine.run(["fetch"])[0][:2] == (0, f"{REPO}: intact in {machine.cached}\n")
    hub.requests.clear()
    with (machine.cached / "tokenizer.json").open("ab") as file:
        file.write(b" ")
    ((status, _, message),) = machine.run(["fetch"])
    assert status == 2
    assert message.startswith(f"error: {machine.cached / 'tokenizer.json'} is not the file pinned for {REPO}")
    assert hub.requests == []


def test_a_file_changed_at_its_source_is_refused(machine: Machine, hub: HubServer, published: Path) -> None:
    _pin(machine, published)
    weights = bytearray(hub.files["model.safetensors"])
    weights[-1] ^= 1
    hub.files["model.safetensors"] = bytes(weights)
    ((status, out, message),) = machine.run(["fetch", "--json"])
    assert (status, out) == (2, "")
    assert message.startswith(f"error: {machine.cached / 'model.safetensors'} is not the file pinned for {REPO}")


def test_without_the_hub_one_sentence_says_so(machine: Machine, hub: HubServer, published: Path) -> None:
    _pin(machine, published)
    machine.environment["HF_HUB_OFFLINE"] = "1"
    fetched, locked, exported = machine.run(
        ["fetch"],
        ["lock", REPO],
        ["export", "semantic", "--checkpoint", REPO, "--revision", "main", "--out", str(machine.home / "out")],
    )
    sentence = (
        f"is not on this machine, and could not be fetched from the model hub ({hub.endpoint}); "
        "check the network, or point --checkpoint at a local folder\n"
    )
    assert fetched == (2, "", f"error: {REPO}@{COMMIT[:12]} {sentence}")
    assert locked == (2, "", f"error: {REPO} {sentence}")
    assert exported == (2, "", f"error: {REPO}@main {sentence}")
    assert hub.requests == []


def test_nor_where_nobody_listens(machine: Machine) -> None:
    machine.lock.write_text("models = []\n")
    machine.environment["HF_ENDPOINT"] = "http://127.0.0.1:9"
    ((status, out, message),) = machine.run(["lock", REPO])
    assert (status, out) == (2, "")
    assert message.startswith(f"error: {REPO} is not on this machine, and could not be fetched from the model hub (")
    assert message.count("\n") == 1


def test_all_fetches_and_exports_once(machine: Machine, hub: HubServer, tmp_path: Path) -> None:
    """From weights in several files, as the largest checkpoints have them; then by name, without the lock."""
    smallest = Shape(width=16, layers=1, heads=2, mlp=32, image=28, patch=14, vocabulary=300)
    write_random_checkpoint(smallest, tmp_path / "single", ("a", "photo", "of"))
    SiglipModel.from_pretrained(tmp_path / "single").save_pretrained(tmp_path / "single", max_shard_size="10KB")
    (tmp_path / "single" / "model.safetensors").unlink(missing_ok=True)
    hub.files = {path.name: path.read_bytes() for path in (tmp_path / "single").iterdir()}
    machine.lock.write_text(f'[[models]]\nrepo = "{REPO}"\nfunction = "semantic"\n')
    out = tmp_path / "artifacts"
    # Of so few random weights int8 makes more than the precision gate lets through.
    everything = ["all", "--out", str(out), "--precision", "fp32", "--no-text", "--json"]
    by_name = ["export", "semantic", "--checkpoint", REPO, "--revision", "main", "--precision", "fp32", "--no-text"]
    by_name += ["--out", str(out / "semantic")]
    empty = tmp_path / "empty.lock"
    empty.write_text("models = []\n")
    (locked, *_), (first, written, _), (second, unchanged, _), (third, again, _) = machine.run(
        ["lock"], everything, everything, [*by_name, "--json", "--lock", str(empty)]
    )
    assert (locked, first, second, third) == (0, 0, 0, 0)
    shards = {name for name in hub.files if name.startswith("model")}
    assert len(shards) > 2
    assert shards < read_lock(machine.lock).default("semantic").files.keys()
    manifest, digest = read_manifest(out / "semantic")
    assert (manifest.model.id, manifest.model.revision) == (REPO, COMMIT)
    found = [json.loads(written)["semantic"], json.loads(unchanged)["semantic"], json.loads(again)]
    assert [one["status"] for one in found] == ["written", "unchanged", "unchanged"]
    assert [one["digest"] for one in found] == [digest] * 3


def test_all_takes_what_is_pinned_by_its_commit_alone(machine: Machine, hub: HubServer, tmp_path: Path) -> None:
    """ImageReward's digests stand nowhere public: the hub is asked for them once, and held to them from then on."""
    source = tmp_path / "reward"
    source.mkdir()
    write_generated_checkpoint(source, TINY, PIECES, steepness=0.05)
    hub.files = {path.name: path.read_bytes() for path in source.iterdir()}
    wanted = json.dumps(sorted(hub.files))
    machine.lock.write_text(
        f'[[models]]\nrepo = "{REPO}"\nfunction = "aesthetic"\ncommit = "{COMMIT}"\nwanted = {wanted}\n'
    )
    everything = ["all", "--out", str(tmp_path / "artifacts"), "--engine", "torch", "--json"]
    empty = tmp_path / "empty.lock"
    empty.write_text("models = []\n")
    (status, written, message), nothing = machine.run(everything, [*everything, "--lock", str(empty)])
    assert (status, message) == (0, "")
    result = json.loads(written)["aesthetic"]
    assert (result["status"], result["manifest"]["model"]["revision"]) == ("written", COMMIT)
    assert (tmp_path / "artifacts" / "aesthetic-torch" / "manifest.json").is_file()
    pinned = read_lock(machine.lock).default("aesthetic")
    assert {name: file.sha256 for name, file in pinned.files.items()} == {
        path.name: file_sha256(path) for path in source.iterdir()
    }
    assert nothing == (2, "", f"error: {empty}: names no model for any function\n")
