"""The text and tables of REPORT.md."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import taxonomy
from models.demo.evaluation import THRESHOLDS, FilterFigures, mean_average_precision

_INTRODUCTION = """# The demo semantic model, measured

Written by `python -m models.demo.report`; do not edit. The checkpoint in `semantic/checkpoint/` is a SigLIP with the
published architecture and file formats, a hundredth of the published size. It was trained from scratch by
`python -m models.demo.semantic train --out DIR` on pictures that `world/` draws. It knows that world and nothing else:
its answers for a photograph mean nothing. The other demo model, which ranks pictures, is measured in
[AESTHETIC.md](AESTHETIC.md).
"""

_NOT_COVERED = """## What it does not cover

The other filters of the taxonomy are not drawn, so the model says nothing about them and the service answers `null`.

- Ethnicity: a cartoon of it would be a stereotype. Skin tone is drawn, as three ranges of colour that combine with
  anything.
- `femboy`, `tomboy`, `androgynous_person`, `trans_woman`, `trans_man`, `older_adult`: drawing who someone is would
  make the same mistake. `woman` and `man` are covered, by the conventions of drawing (build, lashes, brows).
- Lingerie, swimwear, `massage`, `roleplay`: everyone here is a clothed adult.
- Small things (piercings, freckles, chokers, gloves): at 128 pixels they can hardly be seen.
- Of the moderation classes only `neutral`, `sport` (someone working out) and `music` (someone on a stage) are drawn;
  `minor`, `explicit`, `suggestive`, `violence` and `gaming` are not. A demo cannot tell what is unsafe, and says so.
"""


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


_RESULT = """## Result

The mean average precision (AP) over {count} filters is **{mean:.3f}**. The baseline, logistic regression on 16 x 16
thumbnails, trained on the same pictures and scored on the same held-out ones, reaches **{base:.3f}**.

Each held-out scene has a combination of attributes that no training picture has, and is followed by its near negative:
the same scene with one attribute changed. Confidences are those of the `contrast` profile, without a style.

| category | filter | pictures | AP | baseline AP | {columns} |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
"""

_COLUMNS = " | ".join(f"precision at {threshold:.2f} | recall | false positives" for threshold in THRESHOLDS)

_TRAINING = """
![The four styles: held-out pictures, with the filters that the model reports and misses](contact_sheet.jpg)

Green: reported and right. Red: reported and wrong. Brown: missed.

## Training

- Seed {seed}; {pictures:,} pictures; {steps:,} steps of {batch} pictures, each text of a step paired with each picture.
- {vision_parameters:,} parameters in the vision tower, {text_parameters:,} in the text tower.
- {minutes:.0f} minutes in total ({draw_seconds} s drawing, {train_seconds} s training) on {machine}.
- {pair_count} pairs of attributes never occur together in training: {pairs}.

"""


def report_text(
    entries: Sequence[FilterFigures],
    baseline: Mapping[str, float],
    record: Mapping[str, Any],
    pairs: Sequence[tuple[str, str]],
) -> str:
    """The whole of REPORT.md."""
    tax = taxonomy.load()
    order = {category.name: index for index, category in enumerate(tax.categories)}
    rows = ""
    for entry in sorted(entries, key=lambda entry: order[tax.filter(entry.name).category]):
        cells = [tax.filter(entry.name).category, entry.name, str(entry.positives)]
        cells += [f"{entry.average_precision:.3f}", f"{baseline[entry.name]:.3f}"]
        for at in entry.at:
            cells += [_rate(at.precision), _rate(at.recall), _rate(at.false_positive_rate)]
        rows += "| " + " | ".join(cells) + " |\n"
    result = _RESULT.format(
        mean=mean_average_precision(entries),
        base=float(np.mean(list(baseline.values()))),
        count=len(entries),
        columns=_COLUMNS,
    )
    training = _TRAINING.format(
        **record,
        minutes=record["total_seconds"] / 60,
        pair_count=len(pairs),
        pairs=", ".join(f"{first} + {second}" for first, second in pairs),
    )
    return _INTRODUCTION + "\n" + result + rows + training + _NOT_COVERED
