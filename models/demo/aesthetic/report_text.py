"""The text and tables of AESTHETIC.md."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.demo.aesthetic.published_samples import PROMPT, PUBLISHED, ordered_alike

_INTRODUCTION: Final = """# The demo aesthetic model, measured

Written by `python -m models.demo.aesthetic report`; do not edit. The checkpoint in `aesthetic/checkpoint/` is an
ImageReward with the published architecture and file layout, but far fewer and narrower layers, trained from scratch by
`python -m models.demo.aesthetic train --out DIR` on pictures that `world/` draws. There, a better picture is one that
shows what the prompt says, and is sharp, clean, well exposed and well composed. The model knows that world, and nothing
of what people like: its rewards for a photograph mean nothing.

## Result

Each of the {pairs} held-out scenes has a combination of attributes that no training picture has, and a near negative:
the same scene with one attribute changed. In each comparison the better of the two must get the higher reward. A tie
counts as wrong, and chance is 50%. The rewards are those of {judge}.

| comparison | count | ordered right | required | mean difference of rewards |
|---|--:|--:|--:|--:|
"""

_WHAT: Final = {
    "picture": "one prompt: its own picture, or the near negative",
    "word": "one picture: its own prompt, or that prompt with one word changed",
    "control": "control: the same two prompts, for a picture of which both are true, or neither",
    "quality": "one prompt: its own picture, or the same picture spoilt",
}

_AFTER: Final = """
The control should be near 50%: if it were clearly higher, the words alone would give away the answers of the row above.
"""

_ABOUT: Final = {
    "picture": "attribute that the near negative lacks",
    "word": "attribute whose word was changed",
    "quality": "flaw",
}

_TRAINING: Final = """
![Pictures ordered by reward, highest on the left](aesthetic_sheet.jpg)

Each row shows one prompt; the picture that was asked for is labelled in green.

## Pictures of another kind

ImageReward's repository has four sample pictures for one prompt,
"{prompt}".
The published model ranks them 1, 2, 3, 4. This one, which knows hardly a word of the prompt and has seen nothing like
these pictures, ranks them {order}: it agrees on {alike} of 6 pairs, where chance is 3. It cannot judge such pictures.

| sample | published reward | reward of this model |
|---|--:|--:|
{samples}
## Scale

The last layer of the head was rescaled so that the published constants apply: rewards have mean 0 and standard
deviation 1 over held-out pictures, each scored with its own prompt, with another picture's, and spoilt. Before that,
the output's standard deviation was {output_deviation:.2f}; that of the published model, trained on people's choices, is
1.03, and this model's `win_probability` is off by the ratio of the two. `percentile` compares with those pictures and
their own prompts only: sharp, well composed, as asked for.

## Training

- Seed {seed}; {pictures:,} pictures, each also drawn with a flaw.
- {image_steps:,} steps of the image encoder alone, which learns what is drawn where, and flaws; {text_steps:,} of the
  whole model, which learns preferences and which words are true.
- {vision_parameters:,} parameters in the image encoder, {text_parameters:,} in the text encoder and head.
- {minutes:.0f} minutes in total ({draw_seconds} s drawing, {train_seconds} s training) on {machine}.
"""


def report_text(figures: Mapping[str, Any], record: Mapping[str, Any], bars: Mapping[str, float], sheet: str) -> str:
    """The whole of AESTHETIC.md."""
    text = _INTRODUCTION.format(pairs=figures["pairs"], judge=record["judge"])
    for row in figures["kinds"]:
        text += f"| {_WHAT[row['name']]} | {_cells(row, bar=_bar(bars.get(row['name'])))} |\n"
    text += _AFTER
    for kind, rows in figures["about"].items():
        text += f"\n| {_ABOUT[kind]} | count | ordered right | mean difference of rewards |\n|---|--:|--:|--:|\n"
        text += "".join(f"| {row['name'].replace('_', ' ')} | {_cells(row)} |\n" for row in _by_share(rows))
    rewards = figures["published_samples"]
    order = sorted(range(1, len(rewards) + 1), key=lambda number: -rewards[number - 1])
    samples = zip(PUBLISHED, rewards, strict=True)
    training = _TRAINING.replace("aesthetic_sheet.jpg", sheet).format(
        **record,
        prompt=PROMPT,
        order=", ".join(map(str, order)),
        alike=ordered_alike(rewards),
        samples="".join(f"| {number} | {one:.2f} | {other:.2f} |\n" for number, (one, other) in enumerate(samples, 1)),
        minutes=record["total_seconds"] / 60,
        text_steps=record["steps"] - record["image_steps"],
    )
    return text + training


def _by_share(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: (row["right"], row["name"]))


def _bar(share: float | None) -> str:
    return "about 50%" if share is None else f"{share:.0%}"


def _cells(row: Mapping[str, Any], *, bar: str | None = None) -> str:
    required = [] if bar is None else [bar]
    return " | ".join([str(row["count"]), f"{row['right']:.1%}", *required, f"{row['margin']:.2f}"])
