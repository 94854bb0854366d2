"""The words and tables of AESTHETIC.md."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from models.demo.aesthetic.published_samples import PROMPT, PUBLISHED, ordered_alike

_INTRODUCTION: Final = """# The demo aesthetic model, measured

Written by `python -m models.demo.aesthetic report`; do not edit. The checkpoint in `aesthetic/checkpoint/` is an
ImageReward of the published architecture and file layout, a few hundredths of the published size in depth and width,
trained from scratch by `python -m models.demo.aesthetic train --out DIR` on pictures that `world/` draws. Better means,
there: shows what the prompt says, and is sharp, clean, well exposed and well composed. It knows that world and nothing
of what people like: on a photograph its rewards mean nothing.

## Result

Held out are {pairs} scenes with a combination of attributes that no training picture has, each with its near negative,
the same scene with one attribute changed. Of two rewards the right one must be higher; a tie is wrong, chance is 50 %.
The judge is {judge}.

| comparison | count | ordered right | bar | mean difference of rewards |
|---|--:|--:|--:|--:|
"""

_WHAT: Final = {
    "picture": "one prompt: its picture, and the near negative's",
    "word": "one picture: its prompt, and that prompt with one word changed",
    "control": "the same two prompts, of another picture that bears out both or neither",
    "quality": "one prompt: its picture, and the same picture spoilt",
}

_AFTER: Final = """
The third row is a control: were it clearly above 50 %, the words alone would give the second one's answers away.
"""

_ABOUT: Final = {
    "picture": "the attribute that the near negative lacks",
    "word": "the attribute whose word was changed",
    "quality": "the flaw",
}

_TRAINING: Final = """
![Pictures in the order of their rewards, best on the left](aesthetic_sheet.jpg)

A row is a prompt; the picture that was asked for is named in green.

## On pictures of another kind

ImageReward's repository has four sample pictures of one prompt,
"{prompt}".
The published model puts them in the order 1, 2, 3, 4; this one, which knows hardly a word of the prompt and has seen
nothing like them, in the order {order}, with {alike} of 6 pairs alike, where chance is 3. It is no judge of such
pictures.

| sample | published reward | this model's |
|---|--:|--:|
{samples}
## Scale

Rewards have mean 0 and deviation 1 over held-out pictures, each once with its own prompt, once with another's, and once
spoilt; the head's last layer was changed to that end, so that the published constants apply. Before that, its output's
deviation was {output_deviation:.2f}, where people's choices gave 1.03: this model's `win_probability` is off by the
factor between the two. `percentile` is among those pictures with their own prompts alone: sharp, well composed, as
asked for.

## Training

- Seed {seed}; {pictures:,} pictures, each also with a flaw; {image_steps:,} steps of the image encoder alone, on
  what is drawn where and on flaws; {text_steps:,} of everything, on preferences and on which words are true.
- {vision_parameters:,} parameters of vision, {text_parameters:,} of text and head.
- {minutes:.0f} minutes in all ({draw_seconds} s drawing, {train_seconds} s training) on {machine}.
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
