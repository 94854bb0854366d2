"""A dressed person, painted from back to front."""

import numpy as np

from models.demo.world import head as heads
from models.demo.world import outfit_details, outfits
from models.demo.world.body import Body
from models.demo.world.painter import Painter
from models.demo.world.palette import HAIR, SKIN, jitter, pick
from models.demo.world.scene import Figure


def paint(painter: Painter, body: Body, figure: Figure, *, style: str, seed: int, part: int) -> None:
    """Paint `figure` in the pose `body`; the random streams `part`, `part + 1`, ... of `seed` choose the rest."""

    def rng(offset: int) -> np.random.Generator:
        return np.random.Generator(np.random.PCG64([seed, part + offset]))

    skin = pick(SKIN[figure.skin], rng(0), 8)
    hair = jitter(HAIR[figure.hair_color], rng(1), 12)
    cut = outfits.cut_of(figure.outfit, rng(2))
    heads.hair_back(painter, body, figure, hair, rng(3))
    outfits.legs(painter, body, cut, skin)
    outfits.torso(painter, body, cut, skin)
    outfits.arms(painter, body, cut, skin)
    heads.neck(painter, body, skin)
    outfit_details.details(painter, body, figure.outfit, cut, rng(4))
    heads.head(painter, body, figure, skin=skin, hair=hair, style=style, rng=rng(5))
