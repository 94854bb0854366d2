from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast, SiglipModel

from functions.semantic.prompts import PromptRow, read_prompts
from models.semantic.checkpoint import Checkpoint
from models.semantic.prompts import PromptEnsemble, embed, ensembles
from models.semantic.tokenization import PromptTokenizer
from models.semantic.weights import load_tower
from taxonomy import Taxonomy

ANIME = ("an anime drawing of {}", "anime art of {}")
PHOTO = ("a photo of {}",)
EVERY = ANIME + PHOTO


def _over(templates: tuple[str, ...], *phrases: str) -> tuple[str, ...]:
    return tuple(template.format(phrase) for phrase in phrases for template in templates)


EXPECTED = (
    PromptEnsemble(PromptRow(kind="filter", name="leather"), _over(EVERY, "a person in leather", "a leather coat")),
    PromptEnsemble(
        PromptRow(kind="filter", name="leather", style="anime"), _over(ANIME, "a person in leather", "a leather coat")
    ),
    PromptEnsemble(
        PromptRow(kind="filter", name="leather", style="photorealistic"),
        _over(PHOTO, "a person in leather", "a leather coat"),
    ),
    PromptEnsemble(
        PromptRow(kind="prompt", name="leather", text="a person in Leather"), _over(EVERY, "a person in leather")
    ),
    PromptEnsemble(PromptRow(kind="prompt", name="leather", text="a leather_coat!"), _over(EVERY, "a leather coat")),
    PromptEnsemble(PromptRow(kind="filter", name="anime"), ("an anime drawing", "anime art")),
    PromptEnsemble(PromptRow(kind="prompt", name="anime", text="an anime drawing"), ("an anime drawing",)),
    PromptEnsemble(PromptRow(kind="prompt", name="anime", text="anime art"), ("anime art",)),
    *(
        PromptEnsemble(PromptRow(kind="neutral", name=text, style=style, text=text), _over(templates, text))
        for text in ("a plain surface", "a chart")
        for style, templates in ((None, EVERY), ("anime", ANIME), ("photorealistic", PHOTO))
    ),
    PromptEnsemble(
        PromptRow(kind="moderation", name="neutral", text="a smiling woman in a long coat"),
        _over(EVERY, "a smiling woman in a long coat"),
    ),
)


def test_rows_and_their_canonical_texts(small_taxonomy: Taxonomy) -> None:
    assert ensembles(small_taxonomy) == EXPECTED


def test_rows_are_normalised_means_of_transformers_text_features(
    fp32: Path, published: Path, reference: SiglipModel
) -> None:
    matrix, rows = read_prompts(fp32)
    assert rows == tuple(entry.row for entry in EXPECTED)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(published)
    for vector, entry in zip(matrix, EXPECTED, strict=True):
        ids = tokenizer(list(entry.texts), padding="max_length", max_length=64, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            features = reference.get_text_features(input_ids=ids["input_ids"]).pooler_output.double().numpy()
        mean = (features / np.linalg.norm(features, axis=1, keepdims=True)).mean(axis=0)
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-6)


def test_the_runtime_can_read_unit_vectors(int8: Path) -> None:
    matrix, _ = read_prompts(int8)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=1), 1, atol=1e-6)


def test_each_text_is_embedded_once(checkpoint: Checkpoint, small_taxonomy: Taxonomy) -> None:
    tower = load_tower(checkpoint, "text_model")
    seen: list[int] = []
    tower.register_forward_pre_hook(
        lambda _module, _args, inputs: seen.append(len(inputs["input_ids"])), with_kwargs=True
    )
    rows = ensembles(small_taxonomy)
    embed(tower, PromptTokenizer(checkpoint), rows)
    assert sum(seen) == len({text for entry in rows for text in entry.texts})
    assert sum(seen) < sum(len(entry.texts) for entry in rows)


def test_batches_do_not_change_a_row(checkpoint: Checkpoint, small_taxonomy: Taxonomy) -> None:
    tower = load_tower(checkpoint, "text_model")
    rows = ensembles(small_taxonomy)
    tokenizer = PromptTokenizer(checkpoint)
    together = embed(tower, tokenizer, rows)
    alone = np.concatenate([embed(tower, tokenizer, [entry]) for entry in rows])
    np.testing.assert_allclose(together, alone, atol=1e-6)
