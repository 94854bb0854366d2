"""A published SigLIP checkpoint, as transformers saves it: opened, checked and described."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from huggingface_hub.errors import StrictDataclassError
from pydantic import Field, ValidationError
from transformers import SiglipConfig

from functions.common.manifest import ModelIdentity
from functions.semantic.manifest import Preprocessing
from models import digests
from models.checkpoint_files import CARD, CheckpointCard, read_card, read_json
from models.errors import CheckpointError
from models.quiet import quiet_configuration
from models.semantic.layout import (
    CONFIG,
    PREPROCESSOR,
    PROCESSOR,
    SPECIAL_TOKENS,
    TOKENIZER,
    TOKENIZER_CONFIG,
    WEIGHTS,
    WEIGHTS_INDEX,
)
from models.validation import first_problem

RESAMPLE_NAMES = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""By Pillow's numbers, which is what the checkpoint's files hold."""


class Card(CheckpointCard):
    """The card of a SigLIP that this project trained."""

    temperature: Annotated[float, Field(gt=0)]
    covers: tuple[str, ...]
    """Filters and moderation classes the model was trained to tell."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint folder whose parts fit each other. Weights are named here, and read by `models.semantic.weights`."""

    directory: Path
    identity: ModelIdentity
    config: Any
    """transformers' SiglipConfig."""
    preprocessing: Preprocessing
    weights: tuple[Path, ...]
    card: Card | None


def open_checkpoint(
    directory: Path, *, name: str | None = None, revision: str | None = None, shown: bool = False
) -> Checkpoint:
    """Open and check the checkpoint in `directory`; `name` and `revision` are the hub's, where it came from there.

    Raises CheckpointError for anything but a FixRes SigLIP or SigLIP2 with all of its files.
    """
    content = read_json(directory / CONFIG)
    _check_architecture(content, directory)
    try:
        with quiet_configuration():
            config: Any = SiglipConfig.from_dict(content)
    except (StrictDataclassError, TypeError, ValueError) as error:
        raise CheckpointError(f"{directory / CONFIG}: not a configuration that transformers accepts") from error
    _check_config(config, directory)
    card = read_card(Card, directory)
    weights = _weight_files(directory)
    small = (CONFIG, PREPROCESSOR, PROCESSOR, TOKENIZER, TOKENIZER_CONFIG, SPECIAL_TOKENS, CARD)
    small_digests = [(part, digests.file_sha256(directory / part)) for part in small if (directory / part).is_file()]
    weight_digests = [(path.name, digests.file_sha256(path, shown=shown)) for path in weights]
    identity = ModelIdentity(
        id=card.name if card else name or directory.resolve().name,
        revision=card.revision if card else revision,
        weights_sha256=weight_digests[0][1] if len(weights) == 1 else digests.combined_sha256(weight_digests),
        checkpoint_sha256=digests.combined_sha256(small_digests + weight_digests),
        demo=card is not None,
    )
    preprocessing = _read_preprocessing(directory, config.vision_config.image_size)
    return Checkpoint(directory, identity, config, preprocessing, weights, card)


def _check_architecture(content: dict[str, Any], directory: Path) -> None:
    kind = content.get("model_type")
    if kind == "siglip2":
        raise CheckpointError(
            f"{directory / CONFIG}: a NaFlex checkpoint (model_type siglip2) takes pictures of any shape and has no "
            "fixed graph; choose a FixRes one, such as google/siglip2-so400m-patch14-384"
        )
    if kind != "siglip":
        raise CheckpointError(f"{directory / CONFIG}: model_type is {kind!r}; only siglip (FixRes) can be exported")


def _check_config(config: Any, directory: Path) -> None:
    vision, text = config.vision_config, config.text_config
    if not isinstance(vision.image_size, int) or not isinstance(vision.patch_size, int):
        raise CheckpointError(f"{directory / CONFIG}: image_size and patch_size must be single numbers (a square)")
    if vision.num_channels != 3:
        raise CheckpointError(f"{directory / CONFIG}: num_channels is {vision.num_channels}, and must be 3")
    if not vision.vision_use_head:
        raise CheckpointError(f"{directory / CONFIG}: the vision tower has no pooling head, so no image embedding")
    if text.projection_size != vision.hidden_size:
        raise CheckpointError(
            f"{directory / CONFIG}: text embeddings have {text.projection_size} numbers and image embeddings "
            f"{vision.hidden_size}, so they cannot be compared"
        )


def _weight_files(directory: Path) -> tuple[Path, ...]:
    single = directory / WEIGHTS
    if single.is_file():
        return (single,)
    if not (directory / WEIGHTS_INDEX).is_file():
        raise CheckpointError(
            f"{directory}: holds no {WEIGHTS}; only safetensors weights are read, since other formats can run code"
        )
    shards = read_json(directory / WEIGHTS_INDEX).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise CheckpointError(f"{directory / WEIGHTS_INDEX}: weight_map: missing")
    files = tuple(directory / name for name in sorted({str(shard) for shard in shards.values()}))
    for path in files:
        if path.parent != directory or not path.is_file():
            raise CheckpointError(f"{directory / WEIGHTS_INDEX}: names {path.name}, which is missing")
    return files


def _read_preprocessing(directory: Path, image_size: int) -> Preprocessing:
    path, content = _preprocessor(directory)
    for key in ("do_resize", "do_rescale", "do_normalize"):
        if content.get(key) is False:
            raise CheckpointError(f"{path}: {key}: must be true")
    if content.get("do_center_crop") is True:
        raise CheckpointError(f"{path}: do_center_crop: must be false; SigLIP squashes the picture to a square")
    try:
        preprocessing = Preprocessing.model_validate(
            {
                "height": content["size"]["height"],
                "width": content["size"]["width"],
                "resample": RESAMPLE_NAMES[content["resample"]],
                "rescale_factor": content["rescale_factor"],
                "mean": content["image_mean"],
                "std": content["image_std"],
            }
        )
    except (KeyError, IndexError, TypeError) as error:
        raise CheckpointError(
            f"{path}: needs size.height, size.width, resample, rescale_factor, image_mean and image_std"
        ) from error
    except ValidationError as error:
        raise CheckpointError(f"{path}: {first_problem(error)}") from error
    if (preprocessing.height, preprocessing.width) != (image_size, image_size):
        raise CheckpointError(
            f"{path}: size is {preprocessing.width}x{preprocessing.height}, but the vision tower takes "
            f"{image_size}x{image_size}"
        )
    return preprocessing


def _preprocessor(directory: Path) -> tuple[Path, dict[str, Any]]:
    """What describes the preprocessing and the file it is in, where transformers looks for it, in the same order."""
    path = directory / PROCESSOR
    if path.is_file():
        content = read_json(path).get("image_processor")
        if isinstance(content, dict):
            return path, content
    path = directory / PREPROCESSOR
    return path, read_json(path)
