"""The places a scene can be in, by name."""

from collections.abc import Callable
from typing import Final

import numpy as np

from models.demo.world.cities import city_night, cyberpunk, street
from models.demo.world.imagined import fantasy, steampunk, vaporwave
from models.demo.world.interiors import plain, room, stage
from models.demo.world.nature import beach, forest, meadow
from models.demo.world.painter import Painter

Place = Callable[[Painter, np.random.Generator, bool], None]
"""Draws the background with random numbers; the last argument is whether the sun is setting."""

PLACES: Final[dict[str, Place]] = {
    "beach": beach,
    "forest": forest,
    "city_night": city_night,
    "cyberpunk": cyberpunk,
    "steampunk": steampunk,
    "fantasy": fantasy,
    "vaporwave": vaporwave,
    "stage": stage,
    "plain": plain,
    "room": room,
    "meadow": meadow,
    "street": street,
}
