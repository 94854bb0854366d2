"""Training texts: each asserts what it says, and nothing else."""

import numpy as np
import pytest

import taxonomy
from models.demo.semantic.texts import TextBatch, TextSampler
from models.demo.world.scene import COVERED, STYLES


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    rows = np.zeros((2, len(COVERED)), np.bool_)
    for name in ("anime", "woman", "blue_hair", "suit", "beach"):
        rows[0, COVERED.index(name)] = True
    for name in ("artistic", "man", "beard", "hat"):
        rows[1, COVERED.index(name)] = True
    return rows


@pytest.fixture(scope="module")
def batch(truth: np.ndarray) -> TextBatch:
    rng = np.random.default_rng(1)
    return TextSampler(taxonomy.load()).sample(truth, rng, ensembles=12, plain=10, captions=30)


def asserted(batch: TextBatch, row: int) -> set[str]:
    return {name for name, said in zip(COVERED, batch.asserted[row].tolist(), strict=True) if said}


def test_texts_are_canonical_and_labelled(batch: TextBatch) -> None:
    assert len(batch.texts) == len(batch.asserted) == len(batch.neutral)
    for index, text in enumerate(batch.texts):
        assert text == taxonomy.canonicalize(text)
        assert bool(batch.neutral[index]) == (not asserted(batch, index))
        assert not batch.denied[index].any() or asserted(batch, index) <= set(STYLES)


def test_a_template_asserts_its_style(batch: TextBatch) -> None:
    tax = taxonomy.load()
    starts = {template.removesuffix("{}"): style.name for style in tax.styles for template in style.templates}
    styled = 0
    for index, text in enumerate(batch.texts):
        said = asserted(batch, index)
        styles = {style for start, style in starts.items() if text.startswith(start)}
        if styles and len(said) > 1:
            assert said & set(STYLES) == styles
            styled += 1
    assert styled >= 12 * len(STYLES)


def test_an_ensemble_says_one_thing_in_every_style(batch: TextBatch) -> None:
    names = [group.filter for group in batch.ensembles]
    assert set(STYLES) < set(names)
    assert None in names
    for group in batch.ensembles:
        if group.filter in STYLES:
            assert [asserted(batch, row) for row in group.rows] == [{group.filter}]
        else:
            said = [asserted(batch, row) for row in group.rows]
            expected = set() if group.filter is None else {group.filter}
            if group.denied:
                assert group.filter is None
                assert said == [{style} for style in STYLES]
                assert all(batch.denied[row].sum() == len(group.denied) for row in group.rows)
            elif group.filter is None:
                assert said == [set()] * len(STYLES)
            else:
                assert said == [expected | {style} for style in STYLES]


def test_captions_are_true_of_a_picture(batch: TextBatch, truth: np.ndarray) -> None:
    captions = batch.asserted[-30:]
    assert (captions.sum(axis=1) >= 2).all()
    assert ((truth @ captions.T.astype(int)) == captions.sum(axis=1)).any(axis=0).all()
