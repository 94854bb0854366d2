"""What a picture of the demo world shows, and which of the taxonomy's filters are true of it."""

from dataclasses import dataclass
from typing import Final

from models.demo.world.palette import HAIR

STYLES: Final = ("anime", "photorealistic", "3d_render", "artistic")
PRESENTATIONS: Final = ("woman", "man")
HAIR_COLORS: Final = tuple(HAIR)
HAIR_LENGTHS: Final = ("long_hair", "short_hair")
SKINS: Final = ("fair", "medium", "dark")
OUTFITS: Final = ("dress", "suit", "hoodie", "armor", "latex", "kimono", "denim", "shirt", "skirt")
HATS: Final = ("", "brim", "top", "cap")
EYEWEAR: Final = ("", "glasses", "sunglasses")
PLACES: Final = (
    "beach",
    "forest",
    "city_night",
    "cyberpunk",
    "steampunk",
    "fantasy",
    "vaporwave",
    "stage",
    "plain",
    "room",
    "meadow",
    "street",
)
SUNSET_PLACES: Final = ("beach", "meadow", "street", "forest")
SERVICES: Final = ("", "dinner_companion", "fitness_training", "travel_companion")
FRAMINGS: Final = ("full", "half", "close")

COVERED: Final[tuple[str, ...]] = (
    *("woman", "man", "couple", "group_of_people"),
    *("dress", "suit", "hoodie", "armor", "latex", "kimono", "denim", "hat", "sunglasses"),
    *("dinner_companion", "dance_performance", "fitness_training", "travel_companion"),
    *("cyberpunk", "steampunk", "fantasy", "vaporwave", "beach", "forest", "city_night", "sunset"),
    *("beard", "long_hair", "short_hair", "fair_skin", "dark_skin"),
    *HAIR_COLORS,
    *STYLES,
)

SHOWN_CLASSES: Final = {"sport": "fitness_training", "music": "dance_performance"}
"""The moderation classes that some pictures show, by the filter that is true of those."""
PLAIN_CLASS: Final = "neutral"
"""The moderation class of all other pictures."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One adult. Every field is a name of the lists above; `beard` is worn by men only."""

    presentation: str
    hair_color: str
    hair_length: str
    skin: str
    outfit: str
    hat: str
    eyewear: str
    beard: bool

    @property
    def filters(self) -> frozenset[str]:
        """The covered filters that are true of this person alone."""
        names = {self.presentation, self.hair_color, self.hair_length, self.outfit, self.eyewear, f"{self.skin}_skin"}
        names |= {"hat"} if self.hat else set()
        names |= {"beard"} if self.beard else set()
        return frozenset(names & set(COVERED))


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture. `seed` fixes all that no filter names: pose, light, colours of clothes, clutter."""

    style: str
    figures: tuple[Figure, ...]
    place: str
    sunset: bool
    service: str
    framing: str
    aspect: float  # width / height
    seed: int

    @property
    def filters(self) -> frozenset[str]:
        """The covered filters that are true of the picture; of several people, what is true of any of them."""
        names = {self.style, self.place, self.service}
        names |= {name for figure in self.figures for name in figure.filters}
        names |= {"sunset"} if self.sunset else set()
        # A cyberpunk street is drawn as a city at night, so both descriptions hold.
        names |= {"city_night"} if self.place == "cyberpunk" else set()
        names |= {"dance_performance"} if self.place == "stage" else set()
        names |= {2: {"couple"}}.get(len(self.figures), set())
        names |= {"group_of_people"} if len(self.figures) > 2 else set()
        return frozenset(names & set(COVERED))
