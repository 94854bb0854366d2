"""The report's arithmetic, against scikit-learn's."""

import numpy as np
from sklearn.metrics import average_precision_score

from models.demo.evaluation import AtThreshold, average_precision, figures, mean_average_precision


def test_average_precision_is_scikit_learns_where_no_scores_tie() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores, truth = rng.random(60), rng.random(60) < 0.3
        truth[0] = True
        assert np.isclose(average_precision(scores, truth), average_precision_score(truth, scores))


def test_ties_count_against_the_positive() -> None:
    assert average_precision(np.array([0.5, 0.5]), np.array([True, False])) == 0.5


def test_figures_at_both_thresholds() -> None:
    scores = np.array([[0.9, 0.1], [0.3, 0.2], [0.6, 0.1], [0.1, 0.6]])
    truth = np.array([[True, True], [True, False], [False, False], [False, True]])
    first, second = figures(("a", "b"), scores, truth)
    assert (first.name, first.positives) == ("a", 2)
    assert first.at == (AtThreshold(2 / 3, 1.0, 0.5), AtThreshold(0.5, 0.5, 0.5))
    assert second.at == (AtThreshold(1.0, 0.5, 0.0), AtThreshold(1.0, 0.5, 0.0))
    assert np.isclose(first.average_precision, (1 + 2 / 3) / 2)
    assert np.isclose(mean_average_precision([first, second]), (5 / 6 + second.average_precision) / 2)


def test_precision_is_unknown_where_nothing_passes() -> None:
    (entry,) = figures(("a",), np.array([[0.1], [0.2]]), np.array([[True], [False]]))
    assert entry.at[0].precision is None
