"""Writes the demo checkpoint as transformers saves one, with this project's card beside it."""

import copy
import json
from pathlib import Path
from typing import Any, Final

import torch
from tokenizers import Tokenizer
from transformers import SiglipModel

from models.checkpoint_files import CARD
from models.demo.semantic import vocabulary
from models.demo.semantic.pictures import SIDE
from models.semantic.checkpoint import Card
from models.semantic.layout import PREPROCESSOR

NAME: Final = "imajin-demo-semantic"

_PREPROCESSING: Final = {
    "do_convert_rgb": None,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_processor_type": "SiglipImageProcessor",
    "image_std": [0.5, 0.5, 0.5],
    "processor_class": "SiglipProcessor",
    "resample": 3,
    "rescale_factor": 1 / 255,
    "size": {"height": SIDE, "width": SIDE},
}


def save_checkpoint(model: SiglipModel, tokenizer: Tokenizer, card: Card, directory: Path) -> None:
    """Write config.json, model.safetensors (fp16), preprocessor_config.json, the tokenizer and imajin.json."""
    directory.mkdir(parents=True, exist_ok=True)
    half: Any = copy.deepcopy(model)
    half.to(torch.float16).save_pretrained(directory)
    vocabulary.save(tokenizer, directory)
    for name, content in ((PREPROCESSOR, _PREPROCESSING), (CARD, card.model_dump(mode="json"))):
        (directory / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
