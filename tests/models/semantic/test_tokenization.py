from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from models.errors import CheckpointError, ModelsError
from models.semantic.checkpoint import Checkpoint, open_checkpoint
from models.semantic.tokenization import PromptTokenizer

Edit = Callable[..., None]
TEXTS = ("a photo of a woman", "anime art", "unheard of")


def test_ids_are_right_padded_to_the_models_length(checkpoint: Checkpoint) -> None:
    ids = PromptTokenizer(checkpoint).encode(TEXTS)
    assert ids.shape == (3, 64)
    assert ids.dtype == np.int64
    for row in ids:
        length = int((row != 0).sum())
        assert row[length - 1] == 1  # EOS
        assert (row[length:] == 0).all()
        assert row[0] != 2  # no BOS


def test_ids_are_those_of_transformers(checkpoint: Checkpoint, published: Path) -> None:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(published)
    expected = tokenizer(list(TEXTS), padding="max_length", max_length=64, truncation=True, return_tensors="np")
    assert set(expected) == {"input_ids"}
    assert (PromptTokenizer(checkpoint).encode(TEXTS) == expected["input_ids"]).all()


def test_the_first_siglips_pad_with_their_end(copied: Path, edit: Edit) -> None:
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        edit(copied / name, pad_token="<eos>")
    expected = PreTrainedTokenizerFast.from_pretrained(copied)(list(TEXTS), padding="max_length", max_length=64)
    ids = PromptTokenizer(open_checkpoint(copied)).encode(TEXTS)
    assert ids.tolist() == expected["input_ids"]
    assert (ids[:, -1] == 1).all()


def test_length_is_read_from_the_checkpoint(copied: Path, edit: Edit) -> None:
    import json

    text = json.loads((copied / "config.json").read_text())["text_config"]
    edit(copied / "config.json", text_config=text | {"max_position_embeddings": 16})
    assert PromptTokenizer(open_checkpoint(copied)).encode(["a"]).shape == (1, 16)


def test_padding_and_truncation_left_in_the_file_do_not_count(copied: Path) -> None:
    tokenizer = Tokenizer.from_file(str(copied / "tokenizer.json"))
    tokenizer.enable_padding(direction="left", length=8, pad_id=3, pad_token="<unk>")
    tokenizer.enable_truncation(2)
    tokenizer.save(str(copied / "tokenizer.json"))
    ids = PromptTokenizer(open_checkpoint(copied)).encode(["a photo of a woman"])
    assert (ids[0, :7] != 0).sum() == 6
    assert (ids[0, 6:] == 0).all()


def test_a_prompt_that_does_not_fit_is_named(checkpoint: Checkpoint) -> None:
    fits = " ".join(["a"] * 63)
    assert PromptTokenizer(checkpoint).encode([fits])[0, -1] == 1
    with pytest.raises(ModelsError, match=r"'a a .* has 65 tokens; the limit is 64"):
        PromptTokenizer(checkpoint).encode(["a photo", f"{fits} a"])


def test_the_classes_flag_adds_eos_where_the_file_does_not(copied: Path, edit: Edit) -> None:
    edit(copied / "tokenizer.json", post_processor=None)
    with pytest.raises(CheckpointError, match="does not put eos_token at the end"):
        PromptTokenizer(open_checkpoint(copied))
    edit(copied / "tokenizer_config.json", add_eos_token=True, add_bos_token=False)
    assert PromptTokenizer(open_checkpoint(copied)).encode(["a"])[0, 1] == 1


def test_a_tokenizer_with_bos_is_refused(copied: Path) -> None:
    tokenizer = Tokenizer.from_file(str(copied / "tokenizer.json"))
    tokenizer.post_processor = TemplateProcessing(single="<bos> $A <eos>", special_tokens=[("<bos>", 2), ("<eos>", 1)])
    tokenizer.save(str(copied / "tokenizer.json"))
    with pytest.raises(CheckpointError, match="puts a token at the start"):
        PromptTokenizer(open_checkpoint(copied))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"padding_side": "left"}, "padding_side is 'left'"),
        ({"pad_token": "<blank>"}, "must name tokens"),
        ({"eos_token": None}, "must name tokens"),
        ({"add_bos_token": True}, "puts a token at the start"),
        ({"add_eos_token": False}, "does not put eos_token at the end"),
    ],
)
def test_a_foreign_tokenizer_is_refused(copied: Path, edit: Edit, values: dict[str, object], message: str) -> None:
    edit(copied / "tokenizer_config.json", **values)
    with pytest.raises(CheckpointError, match=message):
        PromptTokenizer(open_checkpoint(copied))


def test_special_tokens_may_be_objects(copied: Path, edit: Edit) -> None:
    edit(copied / "tokenizer_config.json", pad_token={"content": "<pad>", "lstrip": False})
    assert PromptTokenizer(open_checkpoint(copied)).encode(["a"])[0, -1] == 0


def test_a_vocabulary_larger_than_the_text_tower_is_refused(copied: Path) -> None:
    tokenizer = Tokenizer.from_file(str(copied / "tokenizer.json"))
    tokenizer.add_tokens([f"extra{i}" for i in range(64)])
    tokenizer.save(str(copied / "tokenizer.json"))
    with pytest.raises(CheckpointError, match="belongs to another model"):
        PromptTokenizer(open_checkpoint(copied))


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_text("{}")])
def test_an_unreadable_tokenizer_is_named(copied: Path, spoil: Callable[[Path], object]) -> None:
    spoil(copied / "tokenizer.json")
    with pytest.raises(CheckpointError, match=r"tokenizer\.json"):
        PromptTokenizer(open_checkpoint(copied))
