"""Judges the held-out comparisons and writes the report: figures, words, and a sheet of ranked pictures."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import taxonomy
from models.demo.aesthetic.comparisons import (
    KINDS,
    Comparison,
    Pair,
    Share,
    compare,
    held_out_pairs,
    share,
    shares,
)
from models.demo.aesthetic.judging import Judge, artifact_judge, torch_judge
from models.demo.aesthetic.program import RECORD
from models.demo.aesthetic.published_samples import sample_rewards
from models.demo.aesthetic.ranked_sheet import ranked_sheet, row_of
from models.demo.aesthetic.report_text import report_text

FOLDER: Final = Path(__file__).resolve().parent.parent
CHECKPOINT: Final = FOLDER / "aesthetic" / "checkpoint"
PAIRS: Final = 300
BARS: Final[dict[str, float]] = {"picture": 0.90, "word": 0.90, "quality": 0.85}
"""The least share of comparisons of a kind that must be ordered right."""
FIRST: Final = 24
"""Pairs."""
FIGURES, TEXT, SHEET, ROW = "aesthetic_report.json", "AESTHETIC.md", "aesthetic_sheet.jpg", "aesthetic_row.jpg"
ROW_SHOWN: Final = 5
"""Of the sheet, in the project's README."""


def figures(found: Sequence[Sequence[Comparison]]) -> dict[str, Any]:
    """What aesthetic_report.json says of the comparisons `found` of each pair: by kind, by what those of a kind are
    about, and by kind once more of the first pairs alone, which is what can be judged again in a moment.
    """
    everything = [one for pair in found for one in pair]
    return {
        "pairs": len(found),
        "kinds": kinds(found),
        "about": {kind: [_row(one) for one in shares(everything, kind)] for kind in KINDS if kind in BARS},
        "first": {"pairs": min(len(found), FIRST), "kinds": kinds(found[:FIRST])},
    }


def kinds(found: Sequence[Sequence[Comparison]]) -> list[dict[str, Any]]:
    """A row for each kind of comparison."""
    everything = [one for pair in found for one in pair]
    return [_row(share(kind, [one for one in everything if one.kind == kind])) for kind in KINDS]


def _row(found: Share) -> dict[str, Any]:
    return asdict(found) | {"right": round(found.right, 4), "margin": round(found.margin, 4)}


def evaluate(judge: Judge, count: int) -> tuple[dict[str, Any], list[Pair]]:
    """The figures on `count` held-out pairs, and those pairs."""
    pairs = held_out_pairs(count, taxonomy.load())
    return figures(compare(judge, pairs)), pairs


def write_report(checkpoint: Path, folder: Path, *, artifact: Path | None = None, pairs: int = PAIRS) -> dict[str, Any]:
    """Evaluate the checkpoint, or an artifact made of it, and write the files of the report into `folder`."""
    judge = torch_judge(checkpoint) if artifact is None else artifact_judge(artifact)
    record = json.loads((checkpoint / RECORD).read_bytes())
    record["judge"] = "the checkpoint" if artifact is None else "the exported artifact"
    content, judged = evaluate(judge, pairs)
    content["published_samples"] = [round(reward, 4) for reward in sample_rewards(judge)]
    (folder / FIGURES).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (folder / TEXT).write_text(report_text(content, record, BARS, SHEET), encoding="utf-8")
    sheet = ranked_sheet(judge, judged)
    for name, image in ((SHEET, sheet), (ROW, row_of(sheet, ROW_SHOWN))):
        image.save(folder / name, quality=82, optimize=True)
    return content
