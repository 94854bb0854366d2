"""How probable is it that a picture shows a filter? Fits the profile `fitted` on pictures whose content you know.

    make serve                                      # in another terminal
    python examples/fitting.py                      # the demo's own pictures: too few to fit anything, as it says
    python examples/fitting.py truth.json           # {"a.jpg": ["kimono", "beach"], "b.jpg": []}, paths from there
    python examples/fitting.py truth.json --filters kimono --write artifacts/semantic     # and keep the fit

A picture's list has to hold every one of the filters that it shows; what it leaves out counts as not shown. Take
pictures of the kind you will ask about, some hundred a filter, people's judgement as the truth. `log loss` is the mean
of -log(probability given to the truth), lower is better: of `raw`, and of fits on the other pictures (5 folds). A fit
belongs to one model: after another export, fit again.
"""

import argparse
import base64
import hashlib
import json
import math
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DEMO_LABELS = Path(__file__).resolve().parent.parent / "models" / "demo" / "examples" / "truth.json"
MAX_FILTERS = 64
FOLDS = 5
ROW = "  {:<22} {:>5} {:>5} {:>8} {:>9}   {:>12} {:>15}  {}"


def ask(url: str, api_key: str | None, path: str, body: dict[str, Any]) -> Any:
    """The service's answer. Raises SystemExit with its reason for another one."""
    headers = {"content-type": "application/json"} | ({"x-api-key": api_key} if api_key else {})
    request = urllib.request.Request(url.rstrip("/") + path, json.dumps(body).encode(), headers)  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            return json.load(response)
    except urllib.error.HTTPError as error:
        # A problem of the service's own, or what a gateway in front of it has to say.
        said = error.read().decode(errors="replace")
        raise SystemExit(f"{url} answered {error.code}: {said}") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        why = getattr(reason, "strerror", None) or reason
        raise SystemExit(f"{url} cannot be reached ({why}); `make serve` starts the service") from error


def sigmoid(value: float) -> float:
    """1 / (1 + exp(-value)), without overflow."""
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def platt(logits: Sequence[float], shown: Sequence[bool]) -> tuple[float, float]:
    """Slope and intercept of sigmoid(slope * logit + intercept), by maximum likelihood.

    Platt 1999, with the targets he takes instead of 0 and 1, so that separable pictures do not make a step of it, and
    the damped Newton steps of Lin, Lin & Weng 2007 ("A note on Platt's probabilistic outputs").
    """
    positive = sum(shown)
    high, low = (positive + 1) / (positive + 2), 1 / (len(shown) - positive + 2)
    targets = [high if one else low for one in shown]

    def loss(slope: float, intercept: float) -> float:
        values = [slope * logit + intercept for logit in logits]
        # log(1 + exp(v)) - target * v, without overflow.
        return sum(
            max(value, 0.0) + math.log1p(math.exp(-abs(value))) - target * value
            for value, target in zip(values, targets, strict=True)
        )

    slope, intercept = 0.0, math.log((positive + 1) / (len(shown) - positive + 1))
    for _ in range(100):
        given = [sigmoid(slope * logit + intercept) for logit in logits]
        wrong = [one - target for one, target in zip(given, targets, strict=True)]
        by_slope, by_intercept = sum(w * x for w, x in zip(wrong, logits, strict=True)), sum(wrong)
        if max(abs(by_slope), abs(by_intercept)) < 1e-9:
            break
        weights = [one * (1 - one) for one in given]
        ss = sum(w * x * x for w, x in zip(weights, logits, strict=True)) + 1e-12
        si = sum(w * x for w, x in zip(weights, logits, strict=True))
        ii = sum(weights) + 1e-12
        determinant = ss * ii - si * si
        steps = (ii * by_slope - si * by_intercept) / determinant, (ss * by_intercept - si * by_slope) / determinant
        here, size = loss(slope, intercept), 1.0
        while size > 1e-10 and loss(slope - size * steps[0], intercept - size * steps[1]) > here:
            size /= 2
        slope, intercept = slope - size * steps[0], intercept - size * steps[1]
    return slope, intercept


def log_loss(probabilities: Sequence[float], shown: Sequence[bool]) -> float:
    """Mean of -log of the probability given to what is true."""
    given = (one if true else 1 - one for one, true in zip(probabilities, shown, strict=True))
    return sum(-math.log(max(one, 1e-15)) for one in given) / len(shown)


def held_out(logits: Sequence[float], shown: Sequence[bool]) -> list[float]:
    """What a fit on the other folds says of each picture."""
    order = sorted(range(len(logits)), key=lambda place: shown[place])  # each fold has its share of both kinds
    said = [0.0] * len(logits)
    for fold in range(FOLDS):
        of_fold = set(order[fold::FOLDS])
        rest = [place for place in range(len(logits)) if place not in of_fold]
        slope, intercept = platt([logits[place] for place in rest], [shown[place] for place in rest])
        for place in of_fold:
            said[place] = sigmoid(slope * logits[place] + intercept)
    return said


def fit(found: dict[str, list[tuple[float, bool]]], minimum: int) -> dict[str, list[float]]:
    """Prints a line for each filter that can be fitted, and returns slope and intercept of those that are worth it."""
    print(ROW.format("filter", "shown", "not", "slope", "intercept", "log loss raw", "fitted, unseen", "").rstrip())
    fits: dict[str, list[float]] = {}
    too_few = []
    for name, pictures in sorted(found.items()):
        logits, shown = [logit for logit, _ in pictures], [one for _, one in pictures]
        counts = sum(shown), len(shown) - sum(shown)
        if min(counts) < minimum:
            too_few.append(name)
            continue
        slope, intercept = platt(logits, shown)
        if slope > 0:
            fits[name] = [round(slope, 6), round(intercept, 6)]
        raw, unseen = log_loss([sigmoid(one) for one in logits], shown), log_loss(held_out(logits, shown), shown)
        note = "" if name in fits else "left out: its logit is no higher where it is shown"
        figures = f"{slope:.3f}", f"{intercept:+.3f}", f"{raw:.3f}", f"{unseen:.3f}"
        print(ROW.format(name, *counts, *figures, note).rstrip())
    if too_few:
        print(f"  too few pictures, {minimum} with and {minimum} without are needed: {', '.join(too_few)}")
    return fits


def keep(fits: dict[str, list[float]], artifact: Path, digest: str) -> None:
    """Writes the fits into the artifact, beside those of other filters. Raises SystemExit if another model answered."""
    path = artifact / "manifest.json"
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise SystemExit(f"{artifact} is not the model that answered; serve it, then fit")
    manifest = json.loads(data)
    manifest["scoring"]["fitted"] = dict(sorted(((manifest["scoring"]["fitted"] or {}) | fits).items()))
    written = path.with_name("manifest.json.new")
    written.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    written.replace(path)
    print(f"  {artifact}: {len(fits)} fits written; a service started from now on has the profile fitted")


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks about every picture, then fits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="?", type=Path, default=DEMO_LABELS, help="JSON: picture to filters it shows")
    parser.add_argument("--filters", help="with commas; default: all that are named")
    parser.add_argument("--minimum", type=int, default=10, help="pictures of each kind that a fit needs; default: 10")
    parser.add_argument("--write", type=Path, metavar="ARTIFACT", help="keep the fits in this artifact's manifest.json")
    url = os.environ.get("IMAJIN_SEMANTIC_URL") or "http://localhost:8005"
    parser.add_argument("--url", default=url, help="default: $IMAJIN_SEMANTIC_URL, else http://localhost:8005")
    parser.add_argument("--api-key", default=os.environ.get("IMAJIN_API_KEY"), help="default: $IMAJIN_API_KEY")
    given = parser.parse_args(arguments)
    if not given.url.startswith(("http://", "https://")):
        parser.error("--url must begin with http:// or https://")
    if not given.labels.is_file():
        parser.error(f"no such file: {given.labels}")
    truth: dict[str, list[str]] = json.loads(given.labels.read_text(encoding="utf-8"))
    names = given.filters.split(",") if given.filters else sorted({name for shown in truth.values() for name in shown})
    if given.minimum < 1:
        parser.error("--minimum must be at least 1")
    if not 1 <= len(names) <= MAX_FILTERS:
        parser.error(f"{len(names)} filters; one request takes 1 to {MAX_FILTERS}: choose with --filters")
    if missing := [picture for picture in truth if not (given.labels.parent / picture).is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")
    found: dict[str, list[tuple[float, bool]]] = {name: [] for name in names}
    digests = set()
    for picture, shown in truth.items():
        data = base64.b64encode((given.labels.parent / picture).read_bytes()).decode()
        answer = ask(given.url, given.api_key, "/align", {"image_base64": data, "requested_filters": names})
        digests.add(answer["model"]["digest"])
        for score in answer["scores"]:
            if score["covered"]:
                found[score["filter"]].append((score["logit"], score["filter"] in shown))
    if len(digests) != 1:
        raise SystemExit(f"the answers are of {len(digests)} models, a fit is of one")
    print(f"{os.path.relpath(given.labels)}: {len(truth)} pictures\n")
    fits = fit(found, given.minimum)
    print()
    if given.write:
        keep(fits, given.write, digests.pop())
    return 0


if __name__ == "__main__":
    sys.exit(main())
