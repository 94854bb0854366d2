"""Published accuracy of the shapes measured here; None would mean that no published figure is known."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = (
    "zero-shot ImageNet top-1 in %, as published with SigLIP 2 (Tschannen et al. 2025, arXiv:2502.14786): table of "
    "checkpoints in google-research/big_vision, configs/proj/image_text/README_siglip2.md at 1659d42"
)


@dataclass(frozen=True, slots=True)
class Published:
    """One checkpoint of the SigLIP 2 family."""

    shape: str
    """Its name after `google/siglip2-`, and in `models.semantic.random_checkpoint`."""
    title: str
    zero_shot_imagenet: float | None


PUBLISHED = (
    Published("base-patch16-256", "B/16 at 256", 79.1),
    Published("large-patch16-256", "L/16 at 256", 82.5),
    Published("so400m-patch16-256", "so400m/16 at 256", 83.4),
    Published("so400m-patch14-384", "so400m/14 at 384", 84.1),
)
