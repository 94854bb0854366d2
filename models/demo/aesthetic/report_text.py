"""The words and tables of AESTHETIC.md."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_INTRODUCTION: Final = """# The demo aesthetic model, measured

Written by `python -m models.demo.aesthetic report`; do not edit. The checkpoint in `aesthetic/checkpoint/` is an
ImageReward of the published architecture and file layout, a few hundredths of the published size in depth and width,
trained from scratch by `python -m models.demo.aesthetic train --out DIR` on pictures that `world/` draws. Better means,
there: shows what the prompt says, and is sharp, clean, well exposed and well composed. It knows that world and nothing
of what people like: on a photograph its rewards mean nothing.

## Result

Held out are {pairs} scenes with a combination of attributes that no training picture has, each with its near negative,
the same scene with one attribute changed. Of two rewards the right one must be higher; a tie is wrong, chance is 50 %.

| comparison | count | ordered right | bar | mean difference of rewards |
|---|--:|--:|--:|--:|
"""

_WHAT: Final = {
    "picture": "one prompt: its picture, and the near negative's",
    "word": "one picture: its prompt, and that prompt with one word changed",
    "quality": "one prompt: its picture, and the same picture spoilt",
}

_ABOUT: Final = {
    "picture": "the attribute that the near negative lacks",
    "word": "the attribute whose word was changed",
    "quality": "the flaw",
}

_TRAINING: Final = """
![Pictures in the order of their rewards, best on the left](aesthetic_sheet.jpg)

A row is a prompt; the picture that was asked for is named in green.

## Scale

Rewards have mean 0 and deviation 1 over held-out pictures, each once with its own prompt and once with another's; the
head's last layer was changed to that end, so that the published constants apply. Before that, its output's deviation
was {output_deviation}, where people's choices gave 1.0333: this model's `win_probability` is off by the factor between
the two.

## Training

- Seed {seed}; {pictures:,} pictures, each also with a flaw; {image_steps:,} steps of the image encoder alone, on what
  is drawn where and on flaws; {text_steps:,} of everything, on preferences and on which words are true.
- {vision_parameters:,} parameters of vision, {text_parameters:,} of text and head.
- {minutes:.0f} minutes in all ({draw_seconds} s drawing, {train_seconds} s training) on {machine}.
"""


def report_text(figures: Mapping[str, Any], record: Mapping[str, Any], bars: Mapping[str, float], sheet: str) -> str:
    """The whole of AESTHETIC.md."""
    text = _INTRODUCTION.format(pairs=figures["pairs"])
    for row in figures["kinds"]:
        text += f"| {_WHAT[row['name']]} | {_cells(row, bar=bars[row['name']])} |\n"
    for kind, rows in figures["about"].items():
        text += f"\n| {_ABOUT[kind]} | count | ordered right | mean difference of rewards |\n|---|--:|--:|--:|\n"
        text += "".join(f"| {row['name'].replace('_', ' ')} | {_cells(row)} |\n" for row in _by_share(rows))
    training = _TRAINING.replace("aesthetic_sheet.jpg", sheet).format(
        **{key: value for key, value in record.items() if key != "distribution"},
        minutes=record["total_seconds"] / 60,
        text_steps=record["steps"] - record["image_steps"],
    )
    return text + training


def _by_share(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: (row["right"], row["name"]))


def _cells(row: Mapping[str, Any], *, bar: float | None = None) -> str:
    required = [] if bar is None else [f"{bar:.0%}"]
    return " | ".join([str(row["count"]), f"{row['right']:.1%}", *required, f"{row['margin']:.2f}"])
