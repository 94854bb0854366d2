"""The words and tables of REPORT.md."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import taxonomy
from models.demo.evaluation import FilterFigures, mean_average_precision

_INTRODUCTION = """# The demo semantic model, measured

Written by `python -m models.demo.report`; do not edit. The checkpoint in `semantic/checkpoint/` is a SigLIP of the
published architecture and file formats, a hundredth of the published size, trained from scratch by
`python -m models.demo.semantic train --out DIR` on pictures that `world/` draws. It knows that world and nothing else:
on a photograph its answers mean nothing.
"""

_NOT_COVERED = """## What it does not cover

The other filters of the taxonomy are not drawn, so the model says nothing about them, and the service answers `null`.

- Ethnicity: a cartoon of it would be a stereotype. Skin tone is drawn, as three ranges of colour that go with anything.
- `femboy`, `tomboy`, `androgynous_person`, `trans_woman`, `trans_man`, `older_adult`: who someone is cannot be drawn
  without the same mistake. `woman` and `man` are covered, as the conventions of drawing (build, lashes, brows).
- Lingerie, swimwear, `massage`, `roleplay`: everyone here is a clothed adult.
- Small things (piercings, freckles, chokers, gloves): at 128 pixels there is little of them to see.
- Moderation classes, `minor` among them: nothing of the kind is drawn. A demo cannot moderate.
"""


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def report_text(
    entries: Sequence[FilterFigures],
    baseline: Mapping[str, float],
    record: Mapping[str, Any],
    pairs: Sequence[tuple[str, str]],
) -> str:
    """The whole of REPORT.md."""
    tax = taxonomy.load()
    mean, base = mean_average_precision(entries), float(np.mean(list(baseline.values())))
    lines = [
        _INTRODUCTION,
        "## Result\n",
        f"Mean average precision **{mean:.3f}** over {len(entries)} filters; logistic regression on 16 x 16 thumbnails,",
        f"trained on the same pictures and scored on the same held-out ones: **{base:.3f}**.\n",
        "Held out are scenes with a combination of attributes that no training picture has, each followed by its near",
        "negative, the same scene with one attribute changed. Confidences are the `contrast` profile's, style not given.\n",
        "| category | filter | pictures | AP | baseline AP | precision at 0.25 | recall | false positives "
        "| precision at 0.50 | recall | false positives |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    order = {category.name: index for index, category in enumerate(tax.categories)}
    for entry in sorted(entries, key=lambda entry: order[tax.filter(entry.name).category]):
        cells = [tax.filter(entry.name).category, entry.name, str(entry.positives)]
        cells += [f"{entry.average_precision:.3f}", f"{baseline[entry.name]:.3f}"]
        for at in entry.at:
            cells += [_rate(at.precision), _rate(at.recall), _rate(at.false_positive_rate)]
        lines.append("| " + " | ".join(cells) + " |")
    minutes = record["total_seconds"] / 60
    lines += [
        "\n![The four styles: held-out pictures and what the model says of them](contact_sheet.jpg)\n",
        "Green is right, red is wrong, brown is missed.\n",
        "## Training\n",
        f"- Seed {record['seed']}; {record['pictures']:,} pictures; {record['steps']:,} steps of {record['batch']} pictures,"
        " every text against every picture.",
        f"- {record['vision_parameters']:,} parameters of vision, {record['text_parameters']:,} of text.",
        f"- {minutes:.0f} minutes in all ({record['draw_seconds']} s drawing, {record['train_seconds']} s training) on"
        f" {record['machine']}.",
        f"- {len(pairs)} pairs are kept out of training: " + ", ".join(f"{a} + {b}" for a, b in pairs) + ".\n",
        _NOT_COVERED,
    ]
    return "\n".join(lines)
