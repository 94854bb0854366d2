"""The pictures a quantised model is judged on: committed files with their sources and licences, under one digest.

Every figure of the precision gate was measured on exactly these bytes, so a missing or changed picture is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from functions.common.images import ImageLimits, decode
from models.digests import combined_sha256
from models.errors import PictureSetError
from models.validation import first_problem

DIRECTORY: Final = Path(__file__).parent / "files"
INDEX_NAME: Final = "index.json"
CANARIES: Final = ("astronaut.jpg", "generated_1.webp", "demo_01_anime.jpg")
"""A photograph, a generated picture and one of the demo world: a deploy asks the service about these three."""
_LIMITS: Final = ImageLimits(max_pixels=1 << 20)

Kind = Literal["photograph", "generated", "demo"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Part):
    """Where pictures come from, and under which licence."""

    title: str
    author: str
    url: str
    licence: str


class Entry(_Part):
    """One picture of the set."""

    file: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.(jpg|png|webp)$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    kind: Kind
    caption: str
    """What it shows, worded as a prompt."""
    source: str
    """A key of `Index.sources`."""


class Index(_Part):
    """The whole of `index.json`."""

    sources: dict[str, Source]
    pictures: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture whose bytes have the digest in the index."""

    name: str
    kind: Kind
    caption: str
    sha256: str
    data: bytes

    def decode(self) -> Image.Image:
        """Upright RGB, as a service reads it."""
        return decode(self.data, _LIMITS).rgb


@dataclass(frozen=True, slots=True)
class PictureSet:
    """The pictures in the index's order, and one digest over their names and bytes."""

    pictures: tuple[Picture, ...]
    sha256: str

    def find(self, name: str) -> Picture | None:
        """The picture with this file name."""
        return next((picture for picture in self.pictures if picture.name == name), None)


@cache
def load(directory: Path = DIRECTORY) -> PictureSet:
    """The set in `directory`. Raises PictureSetError for a picture that is missing, changed, or not in the index."""
    index = _read_index(directory / INDEX_NAME)
    pictures = tuple(_read_picture(directory, entry) for entry in index.pictures)
    strays = {path.name for path in directory.iterdir()} - {picture.name for picture in pictures} - {INDEX_NAME}
    if strays:
        raise PictureSetError(f"{directory / min(strays)}: not in {INDEX_NAME}")
    return PictureSet(pictures, combined_sha256([(picture.name, picture.sha256) for picture in pictures]))


def _read_index(path: Path) -> Index:
    try:
        index = Index.model_validate_json(path.read_bytes())
    except OSError as error:
        raise PictureSetError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise PictureSetError(f"{path}: {first_problem(error)}") from error
    files = [entry.file for entry in index.pictures]
    for number, entry in enumerate(index.pictures):
        if entry.source not in index.sources:
            raise PictureSetError(f"{path}: pictures.{number}.source: {entry.source!r} is not among the sources")
        if entry.file in files[:number]:
            raise PictureSetError(f"{path}: pictures.{number}.file: {entry.file} is listed twice")
    return index


def _read_picture(directory: Path, entry: Entry) -> Picture:
    path = directory / entry.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PictureSetError(f"{path}: cannot be read ({error.strerror}); the set must be complete") from error
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise PictureSetError(f"{path}: not the picture in {INDEX_NAME}; restore it, or write the set again")
    return Picture(entry.file, entry.kind, entry.caption, entry.sha256, data)
