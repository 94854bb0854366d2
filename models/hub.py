"""The model hub: pinning a repository's files, and fetching exactly what is pinned."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    RevisionResolutionError,
    XetDownloadError,
)
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from functions.common.manifest import FileDigest
from models import digests
from models.errors import HubError, LockError
from models.lockfile import LockedModel
from models.semantic.layout import CONFIG, FILES, WEIGHTS, WEIGHTS_INDEX

_HTTP_ERROR: type[Exception] = HfHubHTTPError.__bases__[0]
"""Of the HTTP client in use, which is another one from release to release of the hub's client."""
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_LARGEST_SMALL_BYTES = 100_000_000  # the hub gives the sha256 of what is larger, and git's own digest of the rest


def pin(
    repo: str,
    revision: str | None = None,
    *,
    function: str | None = None,
    wanted: Sequence[str] | None = None,
    shown: bool = False,
) -> LockedModel:
    """Resolve `revision` (default: the main branch) to a commit and the digests of the files an export needs.

    Those are the `wanted` ones, by default those of a SigLIP. Raises HubError.
    """
    with _plain_errors(repo, revision), _bars(shown=shown):
        info = HfApi().model_info(repo, revision=revision, files_metadata=True)
        entries = _siglip(info.siblings or ()) if wanted is None else _named(repo, info.siblings or (), wanted)
        files = {entry.rfilename: _digest(repo, info.sha, entry) for entry in entries}
    if wanted is None and (CONFIG not in files or not any(name.endswith(".safetensors") for name in files)):
        raise HubError(f"{repo}: cannot be exported, because it lacks {CONFIG} or safetensors weights")
    return LockedModel.model_validate(
        {
            "repo": repo,
            "function": function,
            "commit": info.sha,
            "source": f"metadata of {constants.ENDPOINT}",
            "wanted": wanted,
            "files": files,
        }
    )


def fetch(model: LockedModel, *, shown: bool = False) -> Path:
    """The folder with the pinned files of `model`, downloaded where they are not there yet, every digest checked.

    Raises HubError, and LockError for a model that is not pinned or a file that is not the pinned one.
    """
    if model.commit is None or not model.files:
        raise LockError(f"{model.repo} is not pinned: run `python -m models lock` where the model hub can be reached")
    cached = [try_to_load_from_cache(model.repo, name, revision=model.commit) for name in model.files]
    if all(isinstance(path, str) for path in cached):  # then nothing is asked of the network
        directory = Path(str(cached[0])).parent
    else:
        directory = _download(model.repo, model.commit, sorted(model.files), shown=shown)
    for name, expected in sorted(model.files.items()):
        path = directory / name
        if not path.is_file():
            raise HubError(_unavailable(f"{name} of {model.repo}@{model.commit[:12]}"))
        if path.stat().st_size != expected.bytes or digests.file_sha256(path, shown=shown) != expected.sha256:
            raise LockError(
                f"{path} is not the file pinned for {model.repo}: delete it and fetch again; if that does not help, "
                "the file was changed at its source"
            )
    return directory


def fetch_revision(
    repo: str, revision: str | None, *, wanted: Sequence[str] | None = None, shown: bool = False
) -> tuple[Path, str]:
    """The folder with the files of a repository that is not in the lock, and the commit they are from.

    Those are the `wanted` ones, by default those of a SigLIP. Raises HubError.
    """
    patterns = [*FILES, "model-*-of-*.safetensors"] if wanted is None else wanted
    directory = _download(repo, revision, patterns, shown=shown)
    return directory, directory.name


def is_hub_id(text: str) -> bool:
    """Whether `text` has the form owner/name."""
    return re.fullmatch(r"[\w.-]+/[\w.-]+", text) is not None


def _download(repo: str, revision: str | None, patterns: Sequence[str], *, shown: bool) -> Path:
    with _plain_errors(repo, revision), _bars(shown=shown):
        return Path(snapshot_download(repo, revision=revision, allow_patterns=list(patterns)))


def _digest(repo: str, commit: str | None, entry: Any) -> FileDigest:
    if entry.lfs is not None:
        return FileDigest(bytes=entry.size, sha256=entry.lfs.sha256)
    if entry.size > _LARGEST_SMALL_BYTES:
        raise HubError(f"{repo}: {entry.rfilename} is large, and the hub gives no sha256 for it")
    content = Path(hf_hub_download(repo, entry.rfilename, revision=commit)).read_bytes()
    git_digest = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    if git_digest != entry.blob_id:
        raise HubError(f"{repo}: {entry.rfilename} was damaged in transit")
    return FileDigest(bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _siglip(siblings: Iterable[Any]) -> list[Any]:
    found = [entry for entry in siblings if entry.rfilename in FILES or _is_shard(entry.rfilename)]
    if WEIGHTS in {entry.rfilename for entry in found}:  # the index and shards beside it repeat the same weights
        return [entry for entry in found if entry.rfilename != WEIGHTS_INDEX and not _is_shard(entry.rfilename)]
    return found


def _named(repo: str, siblings: Iterable[Any], wanted: Sequence[str]) -> list[Any]:
    by_name = {entry.rfilename: entry for entry in siblings}
    missing = [name for name in wanted if name not in by_name]
    if missing:
        raise HubError(f"{repo}: cannot be exported, because it has no {missing[0]}")
    return [by_name[name] for name in wanted]


def _is_shard(name: str) -> bool:
    return _SHARD.fullmatch(name) is not None


@contextmanager
def _bars(*, shown: bool) -> Iterator[None]:
    if shown or are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


@contextmanager
def _plain_errors(repo: str, revision: str | None) -> Iterator[None]:
    name = f"{repo}@{revision[:12]}" if revision else repo
    try:
        yield
    except GatedRepoError as error:
        raise HubError(f"{name}: ask for access on the model hub, then log in with `hf auth login`") from error
    except RepositoryNotFoundError as error:
        raise HubError(f"{name}: the model hub has no such repository, or it is private") from error
    except (RevisionNotFoundError, RevisionResolutionError) as error:
        raise HubError(f"{name}: the repository has no such revision") from error
    except HFValidationError as error:
        raise HubError(f"{name}: not the name of a repository on the model hub") from error
    except (EntryNotFoundError, OSError, _HTTP_ERROR, XetDownloadError) as error:
        raise HubError(_unavailable(name)) from error


def _unavailable(name: str) -> str:
    return (
        f"{name} is not on this machine, and could not be fetched from the model hub ({constants.ENDPOINT}); "
        "check the network, or point --checkpoint at a local folder"
    )
