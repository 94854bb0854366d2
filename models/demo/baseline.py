"""The baseline, which sees little more than colours: logistic regression on 16 x 16 thumbnails, for each filter."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

SIDE: Final = 16


def thumbnails(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures (pictures, height, width, 3) as flat thumbnails (pictures, SIDE * SIDE * 3) from 0 to 1."""
    rows = np.empty((len(pixels), SIDE * SIDE * 3), np.float32)
    for row, picture in zip(rows, pixels, strict=True):
        small = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.BOX)
        row[:] = np.asarray(small, dtype=np.float32).ravel() / 255
    return rows


def baseline_scores(
    training: NDArray[np.uint8], truth: NDArray[np.bool_], held_out: NDArray[np.uint8]
) -> NDArray[np.float64]:
    """Probabilities (held-out pictures, filters) after fitting on the training pictures and labels."""
    known, asked = thumbnails(training), thumbnails(held_out)
    scores = np.empty((len(asked), truth.shape[1]))
    for column in tqdm(range(truth.shape[1]), desc="baseline", unit="filter"):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
        model.fit(known, truth[:, column])
        scores[:, column] = model.predict_proba(asked)[:, 1]
    return scores
