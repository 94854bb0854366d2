"""What a training step asks, and which answers it prefers."""

import numpy as np
import pytest
import torch

import taxonomy
from models.demo.aesthetic.batches import NOTHING, Questions, ask, encode
from models.demo.aesthetic.losses import better, preference_loss
from models.demo.aesthetic.pictures import training_pair
from models.demo.aesthetic.prompts import PromptSampler
from models.demo.aesthetic.vocabulary import pieces
from models.demo.semantic.pictures import labels
from models.demo.world.scene import COVERED

PAIRS = 12


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return labels([scene for index in range(PAIRS) for scene in training_pair(3, index)])


@pytest.fixture(scope="module")
def questions(truth: np.ndarray) -> Questions:
    rng = np.random.default_rng(1)
    return ask(truth, rng.integers(0, 2, PAIRS), PromptSampler(taxonomy.load()), rng)


def order(questions: Questions, one: int, other: int) -> bool:
    return bool(better(questions)[one, other])


def test_own_prompts_are_met(questions: Questions) -> None:
    own = (questions.picture == questions.prompt) & (questions.picture < 2 * PAIRS)
    assert own.sum() == 2 * PAIRS
    assert not questions.unmet[own].any()
    assert questions.flawed.sum() == PAIRS
    assert not questions.unmet[questions.flawed].any()


def test_a_prompt_tells_a_picture_from_its_near_negative_where_it_can(questions: Questions, truth: np.ndarray) -> None:
    for row in range(2 * PAIRS):
        (crossed,) = np.flatnonzero((questions.picture == (row ^ 1)) & (questions.prompt == row))
        assert (questions.unmet[crossed] > 0) == bool((truth[row] & ~truth[row ^ 1]).any())


def test_a_changed_word_is_preferred_less_and_so_is_a_flaw(questions: Questions) -> None:
    wins = better(questions)
    changed = questions.prompt >= 2 * PAIRS
    assert changed.sum() > PAIRS
    for place in np.flatnonzero(changed):
        own = np.flatnonzero((questions.picture == questions.picture[place]) & (questions.prompt < 2 * PAIRS))
        assert wins[own[questions.unmet[own] == 0], place].all()
    for place in np.flatnonzero(questions.flawed):
        same = (questions.prompt == questions.prompt[place]) & (questions.picture == questions.prompt)
        assert same.sum() == 1
        assert wins[same, place].all()


def test_only_what_can_be_compared_is() -> None:
    questions = Questions(
        prompts=(),
        picture=np.array([0, 1, 0, 2, 3]),
        prompt=np.array([0, 0, 1, 0, 2]),
        unmet=np.array([0, 1, 2, 0, 0]),
        flawed=np.array([False, False, False, True, True]),
    )
    wanted = {(0, 1), (0, 2), (0, 3)}
    assert {(int(a), int(b)) for a, b in zip(*np.nonzero(better(questions)), strict=True)} == wanted


def test_the_loss_falls_with_the_margin_and_counts_the_order() -> None:
    questions = Questions((), np.array([0, 1]), np.array([0, 0]), np.array([0, 1]), np.array([False, False]))
    losses = [preference_loss(torch.tensor([margin, 0.0]), questions) for margin in (-1.0, 0.0, 1.0)]
    assert [right for _, right in losses] == [0.0, 0.0, 1.0]
    assert losses[0][0] > losses[1][0] > losses[2][0]
    assert losses[1][0].item() == pytest.approx(np.log(2))


def test_words_are_labelled_where_they_speak(questions: Questions) -> None:
    ids = {piece: number for number, piece in enumerate(pieces(taxonomy.load()))}
    words = encode(questions.prompts, ids)
    for row, prompt in enumerate(questions.prompts):
        said = words.filters[row][words.filters[row] != NOTHING]
        assert {COVERED[number] for number in said.tolist()} == prompt.asserted
        assert words.filters[row, 0] == NOTHING
        assert words.mask[row].sum() == len(prompt.words) + 2
