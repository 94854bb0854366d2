"""`python -m models.demo.report`: scores the held-out pictures, and writes the report and the example pictures."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

import taxonomy
from models.demo.baseline import baseline_scores
from models.demo.contact_sheet import contact_sheet
from models.demo.evaluation import FilterFigures, figures, mean_average_precision
from models.demo.examples import write_examples
from models.demo.report_text import report_text
from models.demo.semantic import held_out
from models.demo.semantic.pictures import PIXELS, labels, render, squash
from models.demo.semantic.scoring import Scorer, artifact_scorer, torch_scorer
from models.demo.world.sampling import all_held_out_pairs
from models.demo.world.scene import COVERED
from models.options import Parser

FOLDER: Final = Path(__file__).resolve().parent
CHECKPOINT: Final = FOLDER / "semantic" / "checkpoint"
PAIRS: Final = 400
FIRST: Final = 60
"""Pairs at the start, few enough to be judged again in a moment."""


def evaluate(score: Scorer, pairs: int = PAIRS) -> tuple[tuple[FilterFigures, ...], NDArray[np.float64]]:
    """Figures of every covered filter on the first `pairs` held-out pairs, and the confidences (pictures, filters)."""
    scenes = held_out.held_out_scenes(pairs)
    confidences = score(held_out.pictures(scenes))
    return figures(COVERED, confidences, labels(scenes)), confidences


def _baseline(record: dict[str, Any], cache: Path, workers: int) -> tuple[FilterFigures, ...]:
    truth = render(int(record["seed"]), int(record["pictures"]), cache, workers).truth
    pixels = np.load(cache / PIXELS, mmap_mode="r")
    scenes = held_out.held_out_scenes(PAIRS)
    squashed = np.stack([squash(image) for image in held_out.pictures(scenes)])
    return figures(COVERED, baseline_scores(pixels, truth, squashed), labels(scenes))


def written_confidences(confidences: NDArray[np.float64]) -> list[str]:
    """Confidences (pictures, filters) as report.json keeps them: a line for each picture, with three decimals."""
    return [" ".join(f"{value:.3f}" for value in row) for row in confidences]


def read_confidences(lines: Sequence[str]) -> NDArray[np.float64]:
    """What `written_confidences` wrote: (pictures, filters)."""
    return np.array([line.split() for line in lines], np.float64)


def main() -> None:
    """Evaluate and write."""
    description = "Score the held-out pictures, and write REPORT.md, its figures and sheet, and the example pictures."
    parser = Parser(prog="python -m models.demo.report", description=description)
    parser.add_argument("--cache", type=Path, default=Path("build/demo-semantic"), help="folder of the drawn pictures")
    parser.add_argument(
        "--keep-baseline", action="store_true", help="take the figures of the baseline from report.json"
    )
    parser.add_argument("--artifact", type=Path, help="score with this exported artifact, not the checkpoint")
    arguments = parser.parse_args()
    tax = taxonomy.load()
    score = artifact_scorer(arguments.artifact, tax) if arguments.artifact else torch_scorer(CHECKPOINT, tax)
    record = json.loads((CHECKPOINT / "training.json").read_bytes())
    scenes = held_out.held_out_scenes(PAIRS)
    entries, confidences = evaluate(score)
    if arguments.keep_baseline:
        baseline: dict[str, float] = json.loads((FOLDER / "report.json").read_bytes())["baseline"]
    else:
        baseline = {e.name: round(e.average_precision, 4) for e in _baseline(record, arguments.cache, 2)}
    content = {
        "pictures": len(scenes),
        "mean_average_precision": round(mean_average_precision(entries), 4),
        "baseline_mean_average_precision": round(float(np.mean(list(baseline.values()))), 4),
        "filters": [asdict(entry) for entry in entries],
        "baseline": baseline,
        "first": {"pairs": FIRST, "confidences": written_confidences(confidences[: 2 * FIRST])},
    }
    (FOLDER / "report.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    text = report_text(entries, baseline, record, all_held_out_pairs())
    (FOLDER / "REPORT.md").write_text(text, encoding="utf-8")
    contact_sheet(scenes, confidences).save(FOLDER / "contact_sheet.jpg", quality=82, optimize=True)
    write_examples(scenes, FOLDER / "examples")


if __name__ == "__main__":
    main()
