"""Checkpoints with generated weights: tensors by their published names, and the sizes of a tiny one."""

import torch

from models.aesthetic import generated
from models.aesthetic.layout import Sizes, TextSizes, VisionSizes, published_shapes

PIECES = (
    "[PAD]",
    "[CLS]",
    "[SEP]",
    "[UNK]",
    "[MASK]",
    *"abcdefghijklmnopqrstuvwxyz",
    *(f"##{c}" for c in "aeiou"),
    "cat",
)
TINY = Sizes(
    vision=VisionSizes(width=128, layers=2, mlp=192, image=48, patch=16),
    text=TextSizes(width=48, layers=3, heads=4, mlp=96, positions=40, vocabulary=len(PIECES) + 2),
    head=(32, 16, 8, 4, 1),
    projection=24,
)


def tensors(sizes: Sizes) -> dict[str, torch.Tensor]:
    """Generated weights by their published names."""
    return {name: torch.from_numpy(generated.generate(name, shape)) for name, shape in published_shapes(sizes).items()}
