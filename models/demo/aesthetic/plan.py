"""How long the demo reward model is trained, and on what."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from models.demo.aesthetic.prompts import PromptSampler
from models.demo.semantic.pictures import Drawn

Stage = Literal["pictures", "preferences"]
STAGES: Final[tuple[Stage, ...]] = ("pictures", "preferences")


@dataclass(frozen=True, slots=True)
class Plan:
    """`batch` (pictures, first stage) and `pairs` (second stage) are for one worker's step."""

    seed: int = 20261120
    scenes: int = 6_000
    """Pairs of pictures; each picture also with a flaw."""
    kept_back: int = 100
    """How many of these pairs are never trained on; the progress that training shows is measured on them."""
    check_every: int = 100
    """Steps."""
    image_steps: int = 900
    text_steps: int = 1_000
    batch: int = 64
    pairs: int = 20
    flawed: float = 0.25
    """Share of spoilt pictures in the first stage."""
    learning_rate: float = 6e-3
    head_rate: float = 1e-3
    weight_decay: float = 0.1
    warmup_steps: int = 50
    text_warmup_steps: int = 50
    reference: int = 200
    """Held-out pairs whose rewards set the scale."""
    workers: int = 2

    @property
    def steps(self) -> int:
        """Steps in total."""
        return self.image_steps + self.text_steps

    def steps_of(self, stage: Stage) -> int:
        """Steps of one stage."""
        return self.image_steps if stage == "pictures" else self.text_steps


@dataclass(frozen=True, slots=True)
class Material:
    """What is learned from: the folder of the drawn pictures, what is known of them, and the words."""

    cache: Path
    drawn: Drawn
    sampler: PromptSampler
    ids: dict[str, int]
    """Of the word pieces."""


@dataclass(frozen=True, slots=True)
class Task:
    """One stage of training."""

    plan: Plan
    material: Material
    stage: Stage
