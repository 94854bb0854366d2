"""Writes the picture set again from its sources.

    python -m models.pictures --generated DIR

The files depend on the versions of Pillow and of the packages that the photographs come from. New files change the
set's digest and every figure measured on it, so this is for changing the set, not for checking it.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from PIL import Image

from models.demo.world.draw import draw, placed
from models.options import Parser
from models.pictures import DIRECTORY, INDEX_NAME, Entry, Index, Kind
from models.pictures.sources import DEMO, DEMO_SOURCE, ORIGINALS, Box, Original, demo_caption, demo_scenes

LONGEST_SIDE: Final = 384
README: Final = DIRECTORY.parent / "README.md"
_HEADS: Final = 4
_INTRODUCTION: Final = """\
# The picture set

{count} pictures on which an export compares a quantised model with the fp32 original ([how](../README.md)):
photographs, output of image generators, scenes of the demo world, and crops of them, no side longer than {side} pixels.
Everybody in them is an adult. `files/index.json` holds the sha256 of each; a picture that is missing or changed is
refused. Written by `python -m models.pictures --generated DIR`, where `DIR` holds the four sample pictures of the
ImageReward repository.

| files | what | by | from | licence |
|---|---|---|---|---|
"""


def main() -> None:
    """Write the files, the index and the README."""
    parser = Parser(prog="python -m models.pictures", description="Write the picture set again from its sources.")
    parser.add_argument(
        "--generated",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder with 1.webp to 4.webp",
    )
    options = parser.parse_args()
    DIRECTORY.mkdir(exist_ok=True)
    for path in DIRECTORY.iterdir():
        path.unlink()
    entries = [entry for original in ORIGINALS for entry in _write_original(original, options.generated)]
    entries += _write_demo()
    sources = {original.key: original.source for original in ORIGINALS} | {DEMO_SOURCE: DEMO}
    index = Index(sources=sources, pictures=tuple(entries))
    text = json.dumps(index.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (DIRECTORY / INDEX_NAME).write_text(text + "\n", encoding="utf-8")
    README.write_text(_readme(index), encoding="utf-8")
    size = sum(path.stat().st_size for path in DIRECTORY.iterdir())
    sys.stdout.write(f"{len(entries)} pictures, {size / 1e6:.2f} MB\n")


def _write_original(original: Original, generated: Path) -> list[Entry]:
    folder = generated if original.package is None else _package(original.package)
    kind: Kind = "generated" if original.package is None else "photograph"
    with Image.open(folder / original.path) as image:
        image.load()
    suffix = "png" if image.mode == "RGBA" else "webp" if kind == "generated" else "jpg"
    return [
        _write(_crop(image, cut.box), f"{cut.name}.{suffix}", kind, cut.caption, original.key) for cut in original.cuts
    ]


def _write_demo() -> list[Entry]:
    entries: list[Entry] = []
    heads: list[Entry] = []
    for index, scene in enumerate(demo_scenes()):
        name = f"demo_{index + 1:02}_{scene.style}"
        entries.append(_write(draw(scene, LONGEST_SIDE), f"{name}.jpg", "demo", demo_caption(scene), DEMO_SOURCE))
        if len(scene.figures) == 1 and len(heads) < _HEADS:
            # Head and shoulders, cut from a larger drawing.
            left, top, right, bottom = placed(scene)[0].head
            box = (max(0.0, left - 0.1), max(0.0, top - 0.05), min(1.0, right + 0.1), min(1.0, bottom + 0.15))
            head = _crop(draw(scene, 2 * LONGEST_SIDE), box)
            caption = f"a portrait of one person: {demo_caption(scene)}"
            heads.append(_write(head, f"{name}_head.jpg", "demo", caption, DEMO_SOURCE))
    return entries + heads


def _write(image: Image.Image, name: str, kind: Kind, caption: str, source: str) -> Entry:
    image = image.copy()
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    encoded = io.BytesIO()
    if name.endswith(".png"):
        image.save(encoded, "PNG", optimize=True)
    elif name.endswith(".webp"):
        image.save(encoded, "WEBP", quality=82, method=6)
    else:
        image.save(encoded, "JPEG", quality=82, optimize=True)
    (DIRECTORY / name).write_bytes(encoded.getvalue())
    digest = hashlib.sha256(encoded.getvalue()).hexdigest()
    return Entry(file=name, sha256=digest, kind=kind, caption=caption, source=source)


def _crop(image: Image.Image, box: Box) -> Image.Image:
    left, top, right, bottom = box
    width, height = image.size
    return image.crop((round(left * width), round(top * height), round(right * width), round(bottom * height)))


def _package(name: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"error: {name} is not installed")
    return Path(spec.origin).parent


def _readme(index: Index) -> str:
    rows = []
    for key, source in index.sources.items():
        files = ", ".join(f"`{entry.file}`" for entry in index.pictures if entry.source == key)
        where = f"[{source.url}]({source.url})" if " " not in source.url else source.url
        rows.append(f"| {files} | {source.title} | {source.author} | {where} | {source.licence} |\n")
    return _INTRODUCTION.format(count=len(index.pictures), side=LONGEST_SIDE) + "".join(rows)


if __name__ == "__main__":
    main()
