"""Checkpoints that are hard to quantise."""

from pathlib import Path

from safetensors.torch import load_file, save_file


def plant_outliers(directory: Path, tower: str, *places: str) -> None:
    """Make activations that int8 cannot hold, without changing what the checkpoint answers.

    Before each linear layer of `places` one channel gets 2^10 times as large and the weights for it as much smaller,
    which float32 does exactly. One scale for all channels of a tensor then leaves the others a few steps.
    """
    factor, channel = 2.0**10, 3
    # What computes the channel (a normalisation's weights, or rows of the layer before), and what reads it.
    before_and_after = {
        "mlp.fc1": ("layer_norm2", ["mlp.fc1"]),
        "self_attn.out_proj": ("self_attn.v_proj", ["self_attn.out_proj"]),
        "self_attn": ("layer_norm1", [f"self_attn.{name}_proj" for name in "qkv"]),
    }
    path = directory / "model.safetensors"
    tensors = load_file(path)
    for place in places:
        layer, part = f"{tower}.encoder.layers.{place[0]}", place[2:]
        before, after = before_and_after[part]
        for name in (f"{layer}.{before}.weight", f"{layer}.{before}.bias"):
            tensors[name][channel] *= factor
        for linear in after:
            tensors[f"{layer}.{linear}.weight"][:, channel] /= factor
    save_file(tensors, path, {"format": "pt"})
