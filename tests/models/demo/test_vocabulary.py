"""The demo tokenizer: canonical by itself, complete for the taxonomy, and as transformers and the exporter expect."""

from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer

import taxonomy
from models.demo.semantic.vocabulary import END, LENGTH, PAD, UNKNOWN, build, save, words


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return build(taxonomy.load())


def test_the_taxonomys_texts_have_no_unknown_word(tokenizer: Tokenizer) -> None:
    tax = taxonomy.load()
    templates = ["{}", *(template for style in tax.styles for template in style.templates)]
    phrases = [prompt for entry in tax.filters for prompt in (entry.name, *entry.prompts)]
    phrases += [*tax.neutral, *(text for entry in tax.moderation for text in entry.descriptions)]
    for phrase in phrases:
        for template in templates:
            tokens = tokenizer.encode(template.replace("{}", phrase)).tokens
            assert UNKNOWN not in tokens
            assert tokens[-1] == END
            assert len(tokens) <= LENGTH


def test_it_canonicalises(tokenizer: Tokenizer) -> None:
    for text in ("A PERSON, with   blue_hair!", "(a 3D-render)", "a man."):
        expected = tokenizer.encode(taxonomy.canonicalize(text)).ids
        assert tokenizer.encode(text).ids == expected


def test_an_unknown_word_is_one_unknown_token(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("a zyzzyva person").tokens == ["a", UNKNOWN, "person", END]


def test_transformers_loads_what_is_saved(tokenizer: Tokenizer, tmp_path: Path) -> None:
    save(tokenizer, tmp_path)
    load: Any = AutoTokenizer.from_pretrained
    loaded = load(tmp_path)
    encoded = loaded(["a person with blue hair"], padding="max_length", max_length=LENGTH, truncation=True)
    (ids,) = encoded["input_ids"]
    start = tokenizer.encode("a person with blue hair").ids
    assert ids == start + [tokenizer.token_to_id(PAD)] * (LENGTH - len(start))
    assert loaded.padding_side == "right"
    assert len(loaded) == len(words(taxonomy.load())) + 3
