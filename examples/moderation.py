"""What do these pictures show, and is any of it unsafe? The moderation classes of each, as a table.

    make serve                                      # in another terminal
    python examples/moderation.py                   # the demo's own pictures
    python examples/moderation.py a.jpg b.png       # yours
    python examples/moderation.py --url https://ID.execute-api.REGION.amazonaws.com/STAGE/semantic --api-key KEY a.jpg
    python examples/moderation.py --labels mine.json a.jpg      # {"a thumbnail of a sport": "sport", ...}

A class has several descriptions, so that one of them may fit; they are in taxonomy/moderation.toml, and `--labels`
takes your own instead. `-` is null: a model that was not trained to tell a class says nothing of it, not 'safe'.
"""

import argparse
import base64
import json
import os
import sys
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DEMO_PICTURES = Path(__file__).resolve().parent.parent / "models" / "demo" / "examples"
ROW = "  {:<12} {:>11} {:>10}  {:<8} {}"


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


def moderate(answer: dict[str, Any]) -> None:
    """Prints the classes of one picture, best first."""
    print(ROW.format("class", "probability", "confidence", "flagged", "the description that fits best"))
    for entry in answer["classes"]:
        flagged = {True: "YES", False: "no", None: "-" if entry["covered"] else "unknown"}[entry["flagged"]]
        best = entry["descriptions"][0]["description"] if entry["descriptions"] else "- (not covered by this model)"
        print(ROW.format(entry["name"], number(entry["probability"]), number(entry["confidence"]), flagged, best))
    unsafe = [entry for entry in answer["classes"] if entry["unsafe"]]
    if answer["is_safe"] is None:
        print(f"  unsafe: UNKNOWN, this model cannot tell {named(unsafe, 'covered', False)}")
    elif answer["is_safe"]:
        print(f"  unsafe: nothing seen of {named(unsafe, 'flagged', False)}")
    else:
        print(f"  unsafe: YES, {named(unsafe, 'flagged', True)}")


def classify(answer: dict[str, Any], categories: dict[str, str]) -> None:
    """Prints the probability of each category: the sum of its labels'."""
    total: dict[str, float] = defaultdict(float)
    for label, probability in answer["result"].items():
        total[categories[label]] += probability
    print("  Category probabilities:")
    for category in sorted(total, key=lambda name: -total[name]):
        print(f"  {category:<12} {total[category]:>11.4f}")


def remarks(answer: dict[str, Any]) -> None:
    """Prints what else the answer says."""
    for warning in answer["warnings"]:
        print(f"  warning {warning['code']}: {warning['detail']}")
    cost = (answer["cost"] or {}).get("usd") or "unknown"
    demo = ", a DEMO that knows only the pictures this project draws" if answer["model"]["demo"] else ""
    print(f"  {answer['timing_ms']['total']:.0f} ms, {cost} USD, by {answer['model']['id']}{demo}\n")


def number(value: float | None) -> str:
    """With four places, or "-" for null."""
    return "-" if value is None else f"{value:.4f}"


def named(entries: list[dict[str, Any]], key: str, value: bool) -> str:
    """Names of the entries where `key` is `value`."""
    return ", ".join(entry["name"] for entry in entries if entry[key] is value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks about every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path, help="JPEG, PNG or WebP; default: models/demo/examples")
    url = os.environ.get("IMAJIN_SEMANTIC_URL") or "http://localhost:8005"
    parser.add_argument(
        "--url", default=url, help="with stage and base path; default: $IMAJIN_SEMANTIC_URL, else local"
    )
    parser.add_argument("--api-key", default=os.environ.get("IMAJIN_API_KEY"), help="default: $IMAJIN_API_KEY")
    parser.add_argument("--labels", type=Path, help="JSON object from label to category: POST / instead of /moderate")
    parser.add_argument("--json", action="store_true", help="print the answers as they are, by picture")
    given = parser.parse_args(arguments)
    if not given.url.startswith(("http://", "https://")):
        parser.error("--url must begin with http:// or https://")
    pictures = given.pictures or sorted(DEMO_PICTURES.glob("*.jpg"))
    if missing := [str(path) for path in [*pictures, given.labels] if path and not path.is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")
    answers = {}
    for picture in pictures:
        data = base64.b64encode(picture.read_bytes()).decode()
        if given.labels:
            categories = json.loads(given.labels.read_text(encoding="utf-8"))
            answer = ask(given.url, given.api_key, "/", {"image_data": data, "labels": list(categories)})
        else:
            categories = {}
            answer = ask(given.url, given.api_key, "/moderate", {"image_base64": data})
        answers[str(picture)] = answer
        if not given.json:
            print(os.path.relpath(picture))
            if categories:
                classify(answer, categories)
            else:
                moderate(answer)
            remarks(answer)
    if given.json:
        print(json.dumps(answers, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
