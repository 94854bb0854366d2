"""Which scenes there are: seeded sampling, the attribute pairs kept out of training, and near negatives."""

import hashlib
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Final

import numpy as np

from models.demo.world import scene as names
from models.demo.world.scene import Figure, Scene

HELD_OUT_SHARE: Final = 0.10


@cache
def is_held_out(first: str, second: str) -> bool:
    """Whether training never sees `first` and `second` together. Fixed by the pair's digest."""
    digest = hashlib.sha256(f"{first}+{second}".encode()).digest()
    return digest[0] < round(HELD_OUT_SHARE * 256)


def unseen_pairs(scene: Scene) -> list[tuple[str, str]]:
    """The held-out pairs in `scene`, of hair colour and outfit, outfit and place, style and outfit, hair and place."""
    pairs: list[tuple[str, str]] = []
    for figure in scene.figures:
        pairs += [
            (figure.hair_color, figure.outfit),
            (figure.outfit, scene.place),
            (scene.style, figure.outfit),
            (figure.hair_color, scene.place),
        ]
    return sorted({pair for pair in pairs if is_held_out(*pair)})


def all_held_out_pairs() -> list[tuple[str, str]]:
    """Every held-out pair there is."""
    pairs = [
        *product(names.HAIR_COLORS, names.OUTFITS),
        *product(names.OUTFITS, names.PLACES),
        *product(names.STYLES, names.OUTFITS),
        *product(names.HAIR_COLORS, names.PLACES),
    ]
    return [pair for pair in pairs if is_held_out(*pair)]


def _one(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _chance(rng: np.random.Generator, percent: int) -> bool:
    return int(rng.integers(100)) < percent


def sample_figure(rng: np.random.Generator) -> Figure:
    """One adult with attributes drawn independently, but that only men wear beards and few men wear dresses."""
    presentation = _one(rng, names.PRESENTATIONS)
    outfit = _one(rng, names.OUTFITS)
    if presentation == "man" and outfit in ("dress", "skirt") and _chance(rng, 60):
        outfit = _one(rng, names.OUTFITS[1:7])
    return Figure(
        presentation=presentation,
        hair_color=_one(rng, names.HAIR_COLORS),
        hair_length=_one(rng, names.HAIR_LENGTHS),
        skin=_one(rng, names.SKINS),
        outfit=outfit,
        hat=_one(rng, names.HATS[1:]) if _chance(rng, 28) else "",
        eyewear=_one(rng, ("glasses", "sunglasses", "sunglasses")) if _chance(rng, 36) else "",
        beard=presentation == "man" and _chance(rng, 40),
    )


def sample_scene(rng: np.random.Generator) -> Scene:
    """Any scene, held-out pairs included."""
    count = (*(1,) * 16, 2, 2, 2, 3)[int(rng.integers(20))]
    place = _one(rng, names.PLACES)
    service = _one(rng, names.SERVICES[1:]) if place != "stage" and _chance(rng, 36) else ""
    return Scene(
        style=_one(rng, names.STYLES),
        figures=tuple(sample_figure(rng) for _ in range(count)),
        place=place,
        sunset=place in names.SUNSET_PLACES and _chance(rng, 42),
        service=service,
        framing=_one(rng, ("full", "half", "half", "close", "close")) if count == 1 else _one(rng, names.FRAMINGS[:2]),
        aspect=int(rng.integers(70, 141)) / 100 if count < 3 else int(rng.integers(90, 151)) / 100,
        seed=int(rng.integers(1 << 31)),
    )


def sample_training_scene(rng: np.random.Generator) -> Scene:
    """A scene without any held-out pair."""
    while unseen_pairs(scene := sample_scene(rng)):
        pass
    return scene


def sample_held_out_scene(rng: np.random.Generator) -> Scene:
    """A scene with at least one held-out pair."""
    while not unseen_pairs(scene := sample_scene(rng)):
        pass
    return scene


def near_negative(scene: Scene, rng: np.random.Generator, *, held_out: bool = True) -> Scene:
    """`scene` with one attribute changed; everything else is drawn the same.

    A held-out pair is still in it, or none is, by `held_out`.
    """
    while True:
        changed = _change(scene, _one(rng, _CHANGES), rng)
        if changed.filters != scene.filters and bool(unseen_pairs(changed)) == held_out:
            return changed


_CHANGES: Final = (
    *(
        "style",
        "place",
        "service",
        "sunset",
        "presentation",
        "hair_color",
        "hair_length",
        "skin",
        "outfit",
        "hat",
        "eyewear",
    ),
    "beard",
)


def _change(scene: Scene, what: str, rng: np.random.Generator) -> Scene:
    lead = scene.figures[-1]
    match what:
        case "style":
            return replace(scene, style=_one(rng, names.STYLES))
        case "place":
            place = _one(rng, names.PLACES)
            sunset = scene.sunset and place in names.SUNSET_PLACES
            return replace(scene, place=place, sunset=sunset, service="" if place == "stage" else scene.service)
        case "service":
            return replace(scene, service=_one(rng, names.SERVICES) if scene.place != "stage" else "")
        case "sunset":
            return replace(scene, sunset=not scene.sunset and scene.place in names.SUNSET_PLACES)
        case "presentation":
            other = "woman" if lead.presentation == "man" else "man"
            lead = replace(lead, presentation=other, beard=False)
        case "hair_color":
            lead = replace(lead, hair_color=_one(rng, names.HAIR_COLORS))
        case "hair_length":
            lead = replace(lead, hair_length=_one(rng, names.HAIR_LENGTHS))
        case "skin":
            lead = replace(lead, skin=_one(rng, names.SKINS))
        case "outfit":
            lead = replace(lead, outfit=_one(rng, names.OUTFITS))
        case "hat":
            lead = replace(lead, hat="" if lead.hat else _one(rng, names.HATS[1:]))
        case "eyewear":
            lead = replace(lead, eyewear=_one(rng, names.EYEWEAR))
        case _:
            lead = replace(lead, beard=lead.presentation == "man" and not lead.beard)
    return replace(scene, figures=(*scene.figures[:-1], lead))
