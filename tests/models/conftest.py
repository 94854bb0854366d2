"""A tiny checkpoint saved by transformers itself, a small taxonomy, and what they export to."""

import gc
import json
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast, SiglipConfig, SiglipImageProcessorPil, SiglipModel

from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.export import Export, export_semantic
from models.semantic.parity import fixed_pictures
from taxonomy import Category, Filter, ModerationClass, Style, Taxonomy
from tests.models.traced_graphs import TracedGraphs

TEXT = (
    "a an and anime art beach blue chart coat dark drawing flat hair in leather long of on painting people person "
    "photo plain portrait red smiling surface text the typographic wearing woman with"
)
SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>")
TOWER = {"hidden_size": 64, "intermediate_size": 152, "num_hidden_layers": 3, "num_attention_heads": 4}


def _save_checkpoint(directory: Path) -> None:
    config = SiglipConfig(
        # Towers of different widths, as the giant checkpoint has them.
        text_config={
            **TOWER,
            "hidden_size": 48,
            "projection_size": 64,
            "vocab_size": 64,
            "bos_token_id": 2,
            "eos_token_id": 1,
            "pad_token_id": 0,
        },
        vision_config={**TOWER, "image_size": 56, "patch_size": 14},
    )
    torch.manual_seed(7)
    model = SiglipModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:  # livelier than transformers' own start, so that differences show
                parameter.normal_(std=1 / math.sqrt(parameter[0].numel()))
            elif "bias" in name:
                parameter.normal_(std=0.1)
        model.logit_scale.fill_(math.log(10))  # at the usual 110, int8 does too much to a model this small
        model.logit_bias.fill_(-16)
    model.save_pretrained(directory)
    SiglipImageProcessorPil(
        size={"height": 56, "width": 56}, resample=2, image_mean=[0.5] * 3, image_std=[0.5] * 3
    ).save_pretrained(directory)
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate((*SPECIAL, *TEXT.split()))}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    create: Any = PreTrainedTokenizerFast  # untyped
    create(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        unk_token="<unk>",
        padding_side="right",
        model_input_names=["input_ids"],
    ).save_pretrained(directory)


@pytest.fixture(scope="session", autouse=True)
def _no_second_look_at_what_is_imported() -> None:
    """An export collects garbage after each tower; in a session this large that takes longer than the rest of it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint's folder; not to be written to."""
    directory = tmp_path_factory.mktemp("hub") / "tiny-siglip"
    _save_checkpoint(directory)
    return directory


@pytest.fixture
def copied(published: Path, tmp_path: Path) -> Path:
    """A copy of the checkpoint, to be spoilt."""
    return shutil.copytree(published, tmp_path / "tiny-siglip")


@pytest.fixture
def edit() -> Callable[..., None]:
    """Change keys of a JSON file; None as a value removes the key."""

    def change(path: Path, **values: object) -> None:
        content = json.loads(path.read_text()) if path.is_file() else {}
        content |= values
        path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))

    return change


@pytest.fixture(scope="session")
def checkpoint(published: Path) -> Checkpoint:
    return open_checkpoint(published)


@pytest.fixture(scope="session")
def small_taxonomy() -> Taxonomy:
    """Two filters, two styles and a class, with text that is not canonical, as an API client might add it."""
    return Taxonomy(
        categories=(Category("clothing", "Clothing", True, False), Category("style", "Styles", False, False)),
        filters=(
            Filter("leather", "clothing", ("a person in Leather", "a leather_coat!"), False, None),
            Filter("anime", "style", ("an anime drawing", "anime art"), False, "style"),
        ),
        styles=(
            Style("anime", "Anime", ("an anime drawing of {}", "anime art of {}")),
            Style("photorealistic", "Photorealistic", ("a photo of {}",)),
        ),
        moderation=(ModerationClass("neutral", "Neutral", ("a smiling woman in a long coat",), False, None),),
        neutral=("a plain surface", "a chart"),
        digest="ab" * 32,
    )


@pytest.fixture(scope="session")
def reference(published: Path) -> SiglipModel:
    """transformers' own model of the same files."""
    model: Any = SiglipModel.from_pretrained(published)
    model.eval()
    return cast("SiglipModel", model)


@pytest.fixture(scope="session")
def pictures() -> tuple[NDArray[np.float32], ...]:
    return fixed_pictures(56)


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> TracedGraphs:
    return TracedGraphs(tmp_path_factory.mktemp("traced"))


@pytest.fixture
def traced_once(traced: TracedGraphs) -> Iterator[None]:
    """For tests of what an export does beside tracing a graph."""
    with traced.once():
        yield


@pytest.fixture(scope="session")
def fp32(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, traced: TracedGraphs, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The fp32 artifact's folder."""
    out = tmp_path_factory.mktemp("fp32") / "semantic"
    with traced.once():
        export_semantic(checkpoint, small_taxonomy, out, precision="fp32")
    return out


@pytest.fixture(scope="session")
def int8_export(
    checkpoint: Checkpoint, small_taxonomy: Taxonomy, traced: TracedGraphs, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Export]:
    """The folder of the int8 artifact for any CPU, and what its export returned."""
    out = tmp_path_factory.mktemp("int8") / "semantic"
    with traced.once():
        return out, export_semantic(checkpoint, small_taxonomy, out)


@pytest.fixture(scope="session")
def int8(int8_export: tuple[Path, Export]) -> Path:
    return int8_export[0]
