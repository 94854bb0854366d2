"""Held-out comparisons: a picture that must be preferred to another, or a prompt that must fit better than another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from models.demo.aesthetic.flaws import FLAWS, spoil
from models.demo.aesthetic.judging import Judge
from models.demo.aesthetic.pictures import wide
from models.demo.aesthetic.prompts import Prompt, PromptSampler
from models.demo.semantic.held_out import HEIGHT, SEED, held_out_scenes
from models.demo.world.draw import draw
from models.demo.world.scene import Scene
from taxonomy import Taxonomy

Kind = Literal["picture", "word", "control", "quality"]
KINDS: Final[tuple[Kind, ...]] = ("picture", "word", "control", "quality")
"""`control` asks what `word` asks of a picture that tells nothing about the answer: more than half of it ordered right
would say that the words alone, without a picture, give the answer away."""
FLAWS_EACH: Final = 3
"""Flaws a held-out picture is spoilt with, in turn."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A held-out scene and its near negative, with a prompt of each that is false of the other, where there is one.

    `own` fits the first, and `changed` is `own` with one word changed, where one can be. `control` is another pair's
    scene, of which what `own` says there and what `changed` says instead hold both, or neither. `changes` are the
    filters that `prompts` say and the other picture lacks.
    """

    scenes: tuple[Scene, Scene]
    prompts: tuple[Prompt | None, Prompt | None]
    changes: tuple[str | None, str | None]
    own: Prompt
    changed: Prompt | None
    control: Scene | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`about` is the filter that differs, or the flaw; `margin` is the better one's reward minus the other's."""

    kind: Kind
    about: str
    margin: float


@dataclass(frozen=True, slots=True)
class Share:
    """Comparisons of one kind, and how many of them were ordered right; a tie is not."""

    name: str
    count: int
    right: float
    margin: float
    """Mean."""


def held_out_pairs(count: int, taxonomy: Taxonomy) -> list[Pair]:
    """The first `count` held-out scenes with their near negatives, and prompts for them."""
    sampler, scenes = PromptSampler(taxonomy), [wide(scene) for scene in held_out_scenes(count)]
    firsts = scenes[::2]
    return [
        _pair(
            (scenes[2 * index], scenes[2 * index + 1]),
            firsts[index + 1 :] + firsts[:index],
            sampler,
            np.random.Generator(np.random.PCG64([SEED, 3, index])),
        )
        for index in range(count)
    ]


def _pair(
    scenes: tuple[Scene, Scene], others: Sequence[Scene], sampler: PromptSampler, rng: np.random.Generator
) -> Pair:
    prompts: list[Prompt | None] = []
    changes: list[str | None] = []
    for scene, other in (scenes, scenes[::-1]):
        only = sorted(scene.filters - other.filters)
        must = only[int(rng.integers(len(only)))] if only else None
        changes.append(must)
        prompts.append(None if must is None else sampler.sample(scene.filters, rng, must=must))
    own = prompts[0] or sampler.sample(scenes[0].filters, rng)
    changed = sampler.changed(own, scenes[0].filters, rng)
    differ = own.asserted ^ changed.asserted if changed is not None else frozenset()
    alike = (scene for scene in others if len(differ & scene.filters) in {0, len(differ)})
    return Pair(
        scenes=scenes,
        prompts=(prompts[0], prompts[1]),
        changes=(changes[0], changes[1]),
        own=own,
        changed=changed,
        control=next(alike, None) if changed is not None else None,
    )


def spoilt(pair: Pair, index: int, image: Image.Image) -> dict[str, Image.Image]:
    """`image`, the first picture of the `index`-th pair, with each of its flaws."""
    rng = np.random.Generator(np.random.PCG64([SEED, 4, index]))
    names = [FLAWS[(FLAWS_EACH * index + k) % len(FLAWS)] for k in range(FLAWS_EACH)]
    return {name: spoil(image, pair.scenes[0], name, rng) for name in names}


def compare(judge: Judge, pairs: Sequence[Pair]) -> list[list[Comparison]]:
    """The comparisons of each of `pairs`, the first ones there are, judged."""
    everything: list[list[Comparison]] = []
    for index, pair in enumerate(tqdm(pairs, desc="judge", unit="pair")):
        found: list[Comparison] = []
        images = [draw(scene, HEIGHT) for scene in pair.scenes]
        texts = [prompt.text for prompt in (pair.own, pair.changed, *pair.prompts) if prompt is not None]
        rewards = [dict(zip(texts, judge(image, texts), strict=True)) for image in images]
        for side, (prompt, change) in enumerate(zip(pair.prompts, pair.changes, strict=True)):
            if prompt is not None and change is not None:
                margin = rewards[side][prompt.text] - rewards[1 - side][prompt.text]
                found.append(Comparison("picture", change, margin))
        own = rewards[0][pair.own.text]
        if pair.changed is not None:
            (lost,) = pair.own.asserted - pair.changed.asserted
            found.append(Comparison("word", lost, own - rewards[0][pair.changed.text]))
            if pair.control is not None:
                one, other = judge(draw(pair.control, HEIGHT), [pair.own.text, pair.changed.text])
                found.append(Comparison("control", lost, one - other))
        for flaw, image in spoilt(pair, index, images[0]).items():
            found.append(Comparison("quality", flaw, own - judge(image, [pair.own.text])[0]))
        everything.append(found)
    return everything


def reference_rewards(judge: Judge, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """Rewards of the first picture of every pair for its own prompt, for the next pair's, and spoilt for its own:
    (pairs, 3).
    """
    rewards: list[list[float]] = []
    for index, pair in enumerate(tqdm(pairs, desc="scale", unit="picture")):
        image = draw(pair.scenes[0], HEIGHT)
        worse = next(iter(spoilt(pair, index, image).values()))
        other = pairs[(index + 1) % len(pairs)].own.text
        rewards.append(judge(image, [pair.own.text, other]) + judge(worse, [pair.own.text]))
    return np.array(rewards)


def share(name: str, comparisons: Sequence[Comparison]) -> Share:
    """What became of `comparisons`, at least one."""
    margins = np.array([one.margin for one in comparisons])
    return Share(name, len(margins), float((margins > 0).mean()), float(margins.mean()))


def shares(comparisons: Sequence[Comparison], kind: Kind) -> tuple[Share, ...]:
    """One for each filter or flaw that comparisons of `kind` are about, by name."""
    of_kind = [one for one in comparisons if one.kind == kind]
    names = sorted({one.about for one in of_kind})
    return tuple(share(name, [one for one in of_kind if one.about == name]) for name in names)
