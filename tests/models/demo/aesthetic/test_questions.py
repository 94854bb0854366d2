"""What a training step asks, and which answers it prefers."""

import numpy as np
import pytest
import torch

import taxonomy
from models.aesthetic.layout import REWARD_MEAN, REWARD_STD
from models.aesthetic.reward_model import RewardModel
from models.demo.aesthetic.architecture import sizes
from models.demo.aesthetic.batches import NOTHING, PROMPTS_EACH, TOGETHER, Questions, ask, encode
from models.demo.aesthetic.pictures import training_pair
from models.demo.aesthetic.preferences import Preferences, near, ordered_right, preference_loss, preferences
from models.demo.aesthetic.prompts import PromptSampler
from models.demo.aesthetic.reading import read
from models.demo.aesthetic.vocabulary import pieces
from models.demo.semantic.pictures import labels
from models.demo.world.scene import COVERED

PAIRS = 12


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return labels([scene for index in range(PAIRS) for scene in training_pair(3, index)]).reshape(PAIRS, 2, -1)


@pytest.fixture(scope="module")
def spoilt() -> np.ndarray:
    return np.arange(PAIRS) % 2


@pytest.fixture(scope="module")
def questions(truth: np.ndarray, spoilt: np.ndarray) -> Questions:
    return ask(truth, spoilt, PromptSampler(taxonomy.load()), np.random.default_rng(1))


def test_three_pictures_a_pair_are_asked_the_prompts_of_their_block(questions: Questions, spoilt: np.ndarray) -> None:
    assert questions.asked.shape == (3 * PAIRS, TOGETHER * PROMPTS_EACH)
    assert len(questions.prompts) == PROMPTS_EACH * PAIRS
    for row, asked in enumerate(questions.asked):
        block = row // (3 * TOGETHER)
        assert asked.tolist() == list(range(block * len(asked), (block + 1) * len(asked)))
    assert questions.flawed.tolist() == [False, False, True] * PAIRS
    assert questions.original.tolist() == [
        row - row % 3 + (int(spoilt[row // 3]) if row % 3 == 2 else row % 3) for row in range(3 * PAIRS)
    ]


def test_unmet_is_counted_on_what_a_picture_shows(questions: Questions, truth: np.ndarray, spoilt: np.ndarray) -> None:
    for row, (asked, unmet) in enumerate(zip(questions.asked, questions.unmet, strict=True)):
        pair, side = divmod(row, 3)
        shown = truth[pair, spoilt[pair] if side == 2 else side]
        held = {name for name, holds in zip(COVERED, shown, strict=True) if holds}
        assert unmet.tolist() == [len(questions.prompts[prompt].asserted - held) for prompt in asked]


def own(questions: Questions, picture: int) -> np.ndarray:
    """What the prompts of its pair lack in a picture."""
    pair = picture // 3 % TOGETHER
    lacking: np.ndarray = questions.unmet[picture, pair * PROMPTS_EACH :][:PROMPTS_EACH]
    return lacking


def test_every_prompt_is_true_of_one_picture_and_tells_it_from_the_other_where_it_can(
    questions: Questions, truth: np.ndarray
) -> None:
    told_apart = 0
    for pair in range(PAIRS):
        one, other = own(questions, 3 * pair) == 0, own(questions, 3 * pair + 1) == 0
        assert (one | other).all()
        assert one[0]
        assert other[2]
        assert one[0] != other[0] or not (truth[pair, 0] & ~truth[pair, 1]).any()
        assert one[2] != other[2] or not (truth[pair, 1] & ~truth[pair, 0]).any()
        told_apart += int((one != other).sum())
    assert told_apart > 1.5 * PAIRS


def test_prompts_are_preferred_both_ways_alike(questions: Questions) -> None:
    found = preferences(questions)["prompt"]
    flat = questions.asked.ravel()
    weight = np.zeros((len(questions.prompts), len(questions.prompts)))
    np.add.at(weight, (flat[found.better], flat[found.worse]), found.weight)
    assert weight.sum() > 4 * PAIRS
    assert weight == pytest.approx(weight.T)
    by_words = torch.randn(len(questions.prompts), generator=torch.Generator().manual_seed(1))[questions.asked]
    blind, same = (preference_loss(scores, questions).item() for scores in (by_words, torch.zeros(by_words.shape)))
    assert blind > same + 0.1


# Two pairs, eight prompts: pictures a, b, a spoilt; c, d, d spoilt.
FOUR = Questions(
    prompts=(),
    asked=np.arange(8)[None].repeat(6, axis=0),
    unmet=np.array(
        [
            [0, 1, 0, 1, 2, 1, 1, 1],
            [1, 0, 0, 0, 1, 1, 1, 1],
            [0, 1, 0, 1, 2, 1, 1, 1],
            [1, 1, 1, 1, 0, 0, 1, 0],
            [1, 1, 1, 1, 0, 1, 0, 0],
            [1, 1, 1, 1, 0, 1, 0, 0],
        ]
    ),
    flawed=np.array([False, False, True, False, False, True]),
    original=np.array([0, 1, 0, 3, 4, 4]),
)


def listed(one: Preferences) -> set[tuple[tuple[int, int], tuple[int, int]]]:
    return {(divmod(a, 8), divmod(b, 8)) for a, b in zip(one.better.tolist(), one.worse.tolist(), strict=True)}


def test_only_what_can_be_compared_is() -> None:
    found = preferences(FOUR)
    spoilt = {0: 2, 4: 5}
    assert listed(found["quality"]) == {((fine, k), (spoilt[fine], k)) for fine in spoilt for k in range(8)}
    clean = (0, 1, 3, 4)
    assert listed(found["picture"]) == {
        ((one, k), (other, k))
        for one in clean
        for other in clean
        for k in range(8)
        if FOUR.unmet[one, k] < FOUR.unmet[other, k]
    }
    prompts = listed(found["prompt"])
    assert {((0, 0), (0, 1)), ((1, 1), (1, 0)), ((2, 0), (2, 1)), ((0, 0), (0, 4)), ((3, 5), (3, 6))} <= prompts
    # The third prompt is true wherever the first is: their words would give the answer away.
    assert not {(a[1], b[1]) for a, b in prompts} & {(2, 0), (2, 1), (2, 3)}
    assert all(FOUR.unmet[a] == 0 < FOUR.unmet[b] for a, b in prompts)


def test_near_ones_are_of_a_pair_itself() -> None:
    found = near(FOUR)
    assert {(a[0] // 3, a[1] // 4, b[0] // 3, b[1] // 4) for a, b in listed(found["picture"])} <= {(0,) * 4, (1,) * 4}
    assert listed(found["picture"]) > {((0, 0), (1, 0)), ((1, 1), (0, 1)), ((4, 6), (3, 6))}
    assert listed(found["prompt"]) >= {((0, 0), (0, 1)), ((1, 1), (1, 0)), ((3, 5), (3, 6)), ((4, 6), (4, 5))}
    assert {a[0] for a, _ in listed(found["prompt"])} <= {0, 1, 3, 4}
    assert listed(found["quality"]) == listed(preferences(FOUR)["quality"])


def test_the_loss_falls_with_the_margin_and_counts_the_order() -> None:
    scores = [-FOUR.unmet * scale - 2.0 * scale * FOUR.flawed[:, None] for scale in (-1.0, 0.0, 0.4, 0.8)]
    losses = [preference_loss(torch.from_numpy(one), FOUR).item() for one in scores]
    assert losses == sorted(losses, reverse=True)
    assert losses[1] == pytest.approx(3 * np.log(2))
    for one, right in ((scores[0], 0), (scores[1], 0), (scores[2], 1)):
        assert ordered_right(one.astype(np.float32), preferences(FOUR)) == {
            "picture": right,
            "prompt": right,
            "quality": right,
        }


def test_words_are_labelled_where_they_speak(questions: Questions) -> None:
    ids = {piece: number for number, piece in enumerate(pieces(taxonomy.load()))}
    words = encode(questions.prompts, ids)
    for row, prompt in enumerate(questions.prompts):
        said = words.filters[row][words.filters[row] != NOTHING]
        assert {COVERED[number] for number in said.tolist()} == prompt.asserted
        assert words.filters[row, 0] == NOTHING
        assert words.mask[row].sum() == len(prompt.words) + 2


def test_reading_at_once_is_the_models_own_forward(questions: Questions) -> None:
    known = pieces(taxonomy.load())
    torch.manual_seed(2)
    model = RewardModel(sizes(len(known) + 2)).eval()
    words = encode(questions.prompts, {piece: number for number, piece in enumerate(known)})
    tokens = torch.randn(3 * PAIRS, 65, 128)
    with torch.inference_mode():
        scores, hidden = read(model, tokens, words, questions.asked)
        assert hidden.shape == (*questions.asked.shape, words.ids.shape[1], 96)
        for picture in (0, 7):
            rows = torch.from_numpy(questions.asked[picture])
            ids, mask = torch.from_numpy(words.ids)[rows], torch.from_numpy(words.mask)[rows]
            rewards = model(tokens[picture].expand(len(rows), -1, -1), ids, mask)
            wanted = (scores[picture] - REWARD_MEAN) / REWARD_STD
            assert rewards.tolist() == pytest.approx(wanted.tolist(), abs=1e-5)
