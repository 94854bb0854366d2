import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from models import pictures
from models.digests import combined_sha256, file_sha256
from models.errors import PictureSetError
from models.pictures import CANARIES
from models.pictures.__main__ import README, _readme
from models.pictures.sources import DEMO, DEMO_SCENES, ORIGINALS, demo_caption, demo_scenes


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return shutil.copytree(pictures.DIRECTORY, tmp_path / "files")


def test_there_are_enough_of_each_kind_and_all_are_small() -> None:
    loaded = pictures.load()
    kinds = Counter(picture.kind for picture in loaded.pictures)
    assert kinds == {"photograph": 30, "generated": 12, "demo": 22}
    assert sum(len(picture.data) for picture in loaded.pictures) < 3_000_000
    assert all(max(picture.decode().size) <= 384 and picture.decode().mode == "RGB" for picture in loaded.pictures)
    assert len({picture.sha256 for picture in loaded.pictures}) == 64
    assert {loaded.find(name) is not None for name in CANARIES} == {True}
    assert loaded.find("other.jpg") is None


def test_the_digest_is_that_of_names_and_bytes() -> None:
    files = [path for path in pictures.DIRECTORY.iterdir() if path.name != pictures.INDEX_NAME]
    assert pictures.load().sha256 == combined_sha256([(path.name, file_sha256(path)) for path in files])


def test_every_picture_has_a_source_and_a_licence() -> None:
    index = pictures.Index.model_validate_json((pictures.DIRECTORY / pictures.INDEX_NAME).read_bytes())
    assert index.sources == {original.key: original.source for original in ORIGINALS} | {"demo": DEMO}
    assert {source.licence.split(",")[0] for source in index.sources.values()} == {
        *("CC0 1.0", "public domain", "Apache-2.0", "CC BY 2.0", "MIT")
    }
    assert README.read_text() == _readme(index)
    assert all(picture.name in README.read_text() for picture in pictures.load().pictures)


def test_captions_of_scenes_are_true() -> None:
    scenes = demo_scenes()
    captions = [picture.caption for picture in pictures.load().pictures if picture.kind == "demo"][:DEMO_SCENES]
    assert captions == [demo_caption(scene) for scene in scenes]


def _rename(folder: Path) -> None:
    (folder / "coffee.jpg").rename(folder / "tea.jpg")


def _recompress(folder: Path) -> None:
    with Image.open(folder / "coffee.jpg") as image:
        image.load()
    image.save(folder / "coffee.jpg", quality=81)


def _change_index(change: Callable[[list[dict[str, str]]], None]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / pictures.INDEX_NAME
        index = json.loads(path.read_text())
        change(index["pictures"])
        path.write_text(json.dumps(index))

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "coffee.jpg").unlink(), r"coffee\.jpg: cannot be read \(No such file"),
        (_recompress, r"coffee\.jpg: not the picture in index\.json"),
        (_rename, r"coffee\.jpg: cannot be read"),
        (lambda folder: shutil.copy(folder / "coffee.jpg", folder / "tea.jpg"), r"tea\.jpg: not in index\.json"),
        (lambda folder: (folder / "index.json").unlink(), r"index\.json: cannot be read"),
        (
            _change_index(lambda entries: entries[0].update(mood="calm")),
            r"index\.json: pictures\.0\.mood: Extra inputs",
        ),
        (_change_index(lambda entries: entries[1].update(source="nowhere")), r"pictures\.1\.source: 'nowhere' is not"),
        (
            _change_index(lambda entries: entries.append(entries[0])),
            r"pictures\.64\.file: astronaut\.jpg is listed twice",
        ),
        (_change_index(lambda entries: entries[0].update(file="../x.jpg")), r"pictures\.0\.file: String should match"),
    ],
)
def test_a_set_that_is_not_whole_is_refused(copied: Path, spoil: Callable[[Path], object], message: str) -> None:
    spoil(copied)
    with pytest.raises(PictureSetError, match=message):
        pictures.load(copied)
