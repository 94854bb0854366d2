from pathlib import Path

import pytest

from functions.common.manifest import FileDigest
from models.aesthetic.layout import VOCABULARY_REPO
from models.errors import LockError
from models.lockfile import LOCK_PATH, Lock, LockedModel, read_lock, write_lock
from models.semantic.layout import CONFIG, PREPROCESSOR, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS

PINNED = LockedModel(
    repo="owner/name",
    function="semantic",
    commit="c" * 40,
    source='someone\'s "word"',
    files={"b.json": FileDigest(bytes=2, sha256="2" * 64), "a.json": FileDigest(bytes=1, sha256="1" * 64)},
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    lock = Lock(models=(PINNED, LockedModel(repo="owner/unpinned", wanted=("one.txt", "two.pt"))))
    write_lock(lock, tmp_path / "models.lock")
    assert read_lock(tmp_path / "models.lock") == lock
    assert [path.name for path in tmp_path.iterdir()] == ["models.lock"]


def test_an_entry_is_replaced_in_place_or_added() -> None:
    other = LockedModel(repo="owner/other")
    again = LockedModel(repo="owner/name", commit="d" * 40)
    assert Lock(models=(PINNED, other)).replacing(again).models == (again, other)
    assert Lock(models=(other,)).replacing(PINNED).models == (other, PINNED)


def test_the_projects_lock_pins_what_a_deploy_needs() -> None:
    model = read_lock(LOCK_PATH).default("semantic")
    assert model.repo == "google/siglip2-so400m-patch14-384"
    assert model.commit is not None
    assert {CONFIG, PREPROCESSOR, TOKENIZER, TOKENIZER_CONFIG, WEIGHTS} <= model.files.keys()


def test_the_reward_model_and_its_vocabulary_are_two_sources() -> None:
    lock = read_lock(LOCK_PATH)
    model, vocabulary = lock.default("aesthetic"), lock.find(VOCABULARY_REPO)
    assert (model.repo, model.wanted) == ("THUDM/ImageReward", ("ImageReward.pt", "med_config.json"))
    assert vocabulary is not None
    assert (vocabulary.wanted, list(vocabulary.files)) == (("vocab.txt",), ["vocab.txt"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[[models]]\nrepo = "name"', r"models\.0\.repo"),
        ('[[models]]\nrepo = "a/b"\ncommit = "main"', r"models\.0\.commit"),
        ('[[models]]\nrepo = "a/b"\nextra = 1', r"models\.0\.extra"),
        ("[[models]", "cannot be read as TOML"),
    ],
)
def test_a_wrong_lock_names_file_and_key(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "models.lock").write_text(content)
    with pytest.raises(LockError, match=rf"models\.lock: {message}"):
        read_lock(tmp_path / "models.lock")


def test_a_missing_lock_and_a_missing_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(LockError, match="missing"):
        read_lock(tmp_path / "models.lock")
    with pytest.raises(LockError, match="no model for aesthetic"):
        Lock(models=(PINNED,)).default("aesthetic")
