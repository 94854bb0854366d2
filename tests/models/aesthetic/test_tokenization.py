"""The tokenizer that ships against the package's own BertTokenizer, on texts of many scripts."""

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from functions.aesthetic.manifest import PromptInput
from functions.aesthetic.tokens import PromptTokenizer, open_prompt_tokenizer
from models.aesthetic import generated
from models.aesthetic.checkpoint import Checkpoint, open_checkpoint
from models.aesthetic.generated_vocabulary import vocabulary
from models.aesthetic.layout import TextSizes
from models.aesthetic.reference.prompts import GOLDEN, tokenizer_texts
from models.aesthetic.tokenization import describe_prompt, write_tokenizer


@pytest.fixture(scope="module")
def golden() -> Any:
    return json.loads((GOLDEN / "tokens.json").read_text())


@pytest.fixture(scope="module")
def full_size_tokenizer(tmp_path_factory: pytest.TempPathFactory) -> PromptTokenizer:
    """Over the vocabulary of 30,522 pieces; no weights are needed."""
    directory = tmp_path_factory.mktemp("generated")
    (directory / "ImageReward.pt").touch()
    (directory / "med_config.json").write_text(json.dumps(generated.text_config(TextSizes())))
    (directory / "vocab.txt").write_text("".join(f"{piece}\n" for piece in vocabulary()), encoding="utf-8")
    checkpoint = open_checkpoint(directory)
    write_tokenizer(checkpoint, directory / "tokenizer.json")
    spec = describe_prompt(checkpoint)
    assert spec == PromptInput(length=35, width=768, vocab_size=30_524, pad_id=0, unk_id=100, cls_id=101, sep_id=102)
    return open_prompt_tokenizer(directory / "tokenizer.json", spec)


def test_ids_are_the_packages_own(golden: Any, full_size_tokenizer: PromptTokenizer) -> None:
    assert golden["tokenizer"] == "BertTokenizer"
    assert [entry["text"] for entry in golden["texts"]] == list(tokenizer_texts())
    assert len(golden["texts"]) > 400
    for entry in golden["texts"]:
        found = full_size_tokenizer.encode(entry["text"])
        ids = [int(number) for number in entry["ids"].split()]
        assert found.ids.tolist() == ids + [0] * (35 - len(ids)), ascii(entry["text"])
        assert found.mask.tolist() == [1] * len(ids) + [0] * (35 - len(ids))
        assert found.truncated is entry["truncated"], ascii(entry["text"])


def test_the_texts_are_worth_comparing(golden: Any) -> None:
    """Neither all unknown nor all cut; and the special tokens are among them."""
    every = [entry["ids"].split() for entry in golden["texts"]]
    inner = [number for ids in every for number in ids[1:-1]]
    assert inner.count("100") < len(inner) / 4
    assert 20 < sum(entry["truncated"] for entry in golden["texts"]) < len(every) / 2
    assert {"0", "100", "101", "102", "103", "30522", "30523"} <= set(inner)


def test_a_vocabulary_of_its_own_gets_ids_of_its_own(checkpoint: Checkpoint, tmp_path: Path) -> None:
    write_tokenizer(checkpoint, tmp_path / "tokenizer.json")
    spec = describe_prompt(checkpoint)
    assert spec == PromptInput(length=35, width=48, vocab_size=39, pad_id=0, unk_id=3, cls_id=1, sep_id=2)
    found = open_prompt_tokenizer(tmp_path / "tokenizer.json", spec).encode("Cat bo é 5 [ENC]")
    assert found.ids.tolist() == [1, 36, 6, 34, 9, 3, 38, 2] + [0] * 27
    assert found.truncated is False


def test_the_same_vocabulary_gives_the_same_bytes(checkpoint: Checkpoint, tmp_path: Path) -> None:
    for name in ("one.json", "other.json"):
        write_tokenizer(checkpoint, tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()
    assert Tokenizer.from_file(str(tmp_path / "one.json")).get_vocab_size() == 39
