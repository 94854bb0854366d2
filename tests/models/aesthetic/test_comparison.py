import numpy as np
import pytest

from models import pictures
from models.aesthetic.comparison import judge, pairs
from models.aesthetic.parity import Answers, compare
from models.errors import ParityError


def test_every_picture_has_a_prompt_that_fits_and_one_that_does_not() -> None:
    known = pictures.load()
    found = pairs(known)
    assert len(found) == len(known.pictures) >= 64
    for place, (own, other) in enumerate(found):
        assert (own.picture, other.picture) == (place, place)
        assert own.prompt == known.pictures[place].caption != other.prompt


def test_changes_and_orders_by_hand() -> None:
    before = np.array([[0.0, 0.5], [0.3, 0.05]], np.float32)
    after = np.array([[0.04, 0.48], [0.3, 0.02]], np.float32)
    found = judge(before, after, limit=0.05)
    assert found.figures["max_reward_change"].value == pytest.approx(0.04)
    assert found.figures["max_reward_change"].limit == 0.05
    # 0 and 0.05 change places, but were too near each other to count; five pairs are further apart than 0.1.
    assert (found.figures["orders_changed"].value, found.notes["orders"]) == (0, 5)
    assert found.notes["reward_spread"] == pytest.approx(0.5)
    np.testing.assert_allclose(found.errors, np.sqrt([(0.04**2 + 0.02**2) / 2, 0.03**2 / 2]), rtol=1e-5)
    assert found.met


@pytest.mark.parametrize(
    ("after", "orders"),
    [([[0.0, 0.2], [0.3, 0.05]], 1), ([[0.0, 0.5], [0.5, 0.05]], 1), ([[0.06, 0.5], [0.3, 0.05]], 0)],
)
def test_a_changed_order_or_a_large_change_is_not_met(after: list[list[float]], orders: int) -> None:
    found = judge(np.array([[0.0, 0.5], [0.3, 0.05]], np.float32), np.array(after, np.float32), limit=0.05)
    assert found.figures["orders_changed"].value == orders
    assert not found.met


@pytest.mark.parametrize(("tokens", "reward"), [(2e-4, 0.0), (0.0, 2e-4), (np.nan, 0.0)])
def test_a_graph_that_answers_something_else_is_refused(tokens: float, reward: float) -> None:
    own = Answers(np.zeros((1, 2, 3), np.float32), np.zeros((1, 2), np.float32))
    other = Answers(own.tokens + np.float32(tokens), own.rewards + np.float32(reward))
    assert compare(own, own).max_reward_change == 0
    with pytest.raises(ParityError, match=r"the limit is 0\.0001"):
        compare(own, other)
