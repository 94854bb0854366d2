"""What each patch of a picture shows of the people in it: heads carry hair, hat and beard; trunks carry outfits."""

import numpy as np
from numpy.typing import NDArray


def patch_labels(
    boxes: NDArray[np.float32], people: NDArray[np.bool_], rows: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Labels (n, rows * rows, filters), and which patches (n, rows * rows) show somebody.

    `boxes` (n, people, 2, 4) and `people` (n, people, 2, filters) as in Drawn. A patch belongs to the box its middle is
    in. Where boxes overlap, it is the last person's, who stands in front, and the head's before the trunk's.
    """
    middle = (np.arange(rows) + 0.5) / rows
    x, y = np.tile(middle, rows), np.repeat(middle, rows)
    left, top, right, bottom = (boxes[..., k, None] for k in range(4))
    inside = (x >= left) & (x < right) & (y >= top) & (y < bottom)  # (n, people, 2, patches)
    labels = np.zeros((len(boxes), rows * rows, people.shape[-1]), np.bool_)
    shown = np.zeros((len(boxes), rows * rows), np.bool_)
    for person in range(boxes.shape[1]):
        for part in (1, 0):
            where = inside[:, person, part]
            labels = np.where(where[..., None], people[:, person, part, None, :], labels)
            shown |= where
    return labels, shown
