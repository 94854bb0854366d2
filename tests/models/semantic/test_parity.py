import math

import numpy as np
import pytest

from functions.semantic.manifest import Scoring
from models.errors import ParityError
from models.semantic.parity import Difference, check_fp32, difference, fixed_pictures

SCORING = Scoring(logit_scale=math.log(100), logit_bias=-10, temperature=1)


def test_difference_by_hand() -> None:
    # The second picture turns by an angle whose sine is 0.6; lengths do not count.
    reference = np.array([[2, 0], [3, 0]], np.float32)
    answer = np.array([[1, 0], [0.8, 0.6]], np.float32)
    prompts = np.array([[1, 0], [0, 1]], np.float32)
    found = difference(reference, answer, prompts, SCORING)
    assert found.max_embedding == pytest.approx(0.6)
    assert found.max_logit == pytest.approx(60)
    assert found.p95_logit == pytest.approx(np.percentile([0, 0, 20, 60], 95))
    assert found.min_cosine == pytest.approx(0.8)


@pytest.mark.parametrize("logit", [1.1e-3, math.nan, math.inf])
def test_a_graph_that_answers_something_else_is_refused(logit: float) -> None:
    check_fp32(Difference(max_embedding=0, max_logit=1e-3, p95_logit=0, min_cosine=1))
    with pytest.raises(ParityError, match=r"the limit is 0\.001"):
        check_fp32(Difference(max_embedding=0, max_logit=logit, p95_logit=0, min_cosine=1))


@pytest.mark.parametrize("size", [56, 224, 378])
def test_pictures_are_fixed_and_fill_the_range(size: int) -> None:
    pictures = fixed_pictures(size)
    assert [picture.shape for picture in pictures] == [(1, 3, size, size)] * 4
    for picture, again in zip(pictures, fixed_pictures(size), strict=True):
        assert picture.dtype == np.float32
        assert (picture == again).all()
        assert -1 <= picture.min() < -0.9
        assert 0.9 < picture.max() <= 1
