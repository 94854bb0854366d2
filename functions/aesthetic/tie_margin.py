"""How small a difference of rewards still means something."""

from __future__ import annotations

from typing import Final

from functions.aesthetic.manifest import AestheticManifest

MAX_REWARD_CHANGE: Final = "max_reward_change"
"""The precision gate's figure: the largest change of a reward by quantisation, over its pictures and prompts."""
LARGEST_REWARD_CHANGE: Final = 0.05
"""What the gate allows it to be."""
FP32_ROUNDING: Final = 1e-4
"""How far two engines may be apart that compute in fp32."""


def tie_margin(manifest: AestheticManifest) -> float:
    """The largest difference of two rewards that may come from arithmetic alone: each may be off, in its own direction.

    That is twice the change the gate measured; the change it allows where there are no figures of a quantised model.
    """
    if manifest.gate is None:
        return 2 * (FP32_ROUNDING if manifest.precision == "fp32" else LARGEST_REWARD_CHANGE)
    changes = [
        graph.figures[MAX_REWARD_CHANGE].value
        for graph in manifest.gate.graphs.values()
        if MAX_REWARD_CHANGE in graph.figures
    ]
    return 2 * max(FP32_ROUNDING, max(changes, default=LARGEST_REWARD_CHANGE))
