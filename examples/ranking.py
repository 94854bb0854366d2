"""Which of these pictures to keep? Those that show what was asked for, the most liked first: both services, as a table.

    make serve                                      # in another terminal
    python examples/ranking.py                      # the demo's own pictures
    python examples/ranking.py --prompt "a person with blue hair" --filters blue_hair a.jpg b.png     # yours, up to 10
    python examples/ranking.py --semantic-url https://.../STAGE/semantic --aesthetic-url https://.../STAGE/aesthetic ...

The semantic service says whether a picture shows every filter asked for, the aesthetic one how much people would like
it for the prompt. Neither answers for the other: a fine picture of something else is not kept, whatever its reward.
"""

import argparse
import base64
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DEMO_PICTURES = Path(__file__).resolve().parent.parent / "models" / "demo" / "examples"
PROMPT = "a person with purple hair in a hoodie, city at night"
FILTERS = "purple_hair,hoodie"
MAX_PICTURES = 10
ROW = "  {:>4}  {:<28} {:>7} {:>9} {:>8} {:>10}  {}"


def ask(url: str, api_key: str | None, path: str, body: dict[str, Any]) -> Any:
    """The service's answer. Raises SystemExit with its reason for another one."""
    if not url.startswith(("http://", "https://")):
        raise SystemExit(f"{url}: must begin with http:// or https://")
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
        raise SystemExit(f"{url} cannot be reached ({why}); `make serve` starts both services") from error


def show(names: Sequence[str], aligned: dict[str, Any], ranking: dict[str, Any]) -> None:
    """Prints the pictures, the most liked first, and which one to keep."""
    print(ROW.format("rank", "picture", "aligned", "alignment", "reward", "beats next", "what is missing"))
    kept = []
    for result in ranking["results"]:
        name, seen = names[result["index"]], aligned["results"][result["index"]]
        problem = result["error"] or seen["error"]
        alignment = seen["alignment"]
        if result["status"] != "ok" or alignment is None:
            print(ROW.format("-", name, "-", "-", "-", "-", problem["detail"] if problem else "not reached in time"))
            continue
        if alignment["is_aligned"]:
            kept.append(name)
        beats = "-" if result["win_probability"] is None else f"{result['win_probability']:.0%}"
        wrong = [*alignment["missing_filters"], *(reason for reason in alignment["reasons"] if "missing" not in reason)]
        print(
            ROW.format(
                result["rank"],
                name,
                "yes" if alignment["is_aligned"] else "no",
                f"{alignment['alignment_score']:.2f}",
                f"{result['raw_score']:+.2f}",
                beats,
                ", ".join(wrong) or "nothing",
            )
        )
    for group in ranking["tied"]:
        print(f"  too close to tell apart: {', '.join(names[index] for index in group)}")
    if kept:
        print(f"  keep {kept[0]}: the most liked of {len(kept)} that show what was asked for")
    else:
        print("  keep none: no picture shows everything that was asked for")


def remarks(answers: Sequence[dict[str, Any]]) -> None:
    """Prints what else the answers say."""
    for warning in {(one["code"], one["detail"]) for answer in answers for one in answer["warnings"]}:
        print(f"  warning {warning[0]}: {warning[1]}")
    for answer in answers:
        cost = (answer["cost"] or {}).get("usd") or "unknown"
        demo = ", a DEMO that knows only the pictures this project draws" if answer["model"]["demo"] else ""
        print(f"  {answer['timing_ms']['total']:.0f} ms, {cost} USD, by {answer['model']['id']}{demo}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Asks both services about all pictures at once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path, help="JPEG, PNG or WebP; default: models/demo/examples")
    parser.add_argument("--prompt", default=PROMPT, help=f"what they were made for; default: {PROMPT}")
    parser.add_argument("--filters", default=FILTERS, help=f"what they have to show; default: {FILTERS}")
    for name, port in (("semantic", 8005), ("aesthetic", 8006)):
        variable = f"IMAJIN_{name.upper()}_URL"
        url = os.environ.get(variable) or f"http://localhost:{port}"
        parser.add_argument(f"--{name}-url", default=url, help=f"default: ${variable}, else http://localhost:{port}")
    parser.add_argument("--api-key", default=os.environ.get("IMAJIN_API_KEY"), help="default: $IMAJIN_API_KEY")
    given = parser.parse_args(arguments)
    pictures = given.pictures or sorted(DEMO_PICTURES.glob("*.jpg"))
    if len(pictures) > MAX_PICTURES:
        parser.error(f"{len(pictures)} pictures; a ranking takes up to {MAX_PICTURES}")
    if missing := [str(picture) for picture in pictures if not picture.is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")
    sent = [{"image_base64": base64.b64encode(picture.read_bytes()).decode()} for picture in pictures]
    wanted = {"images": sent, "requested_filters": given.filters.split(","), "max_results": 1}
    aligned = ask(given.semantic_url, given.api_key, "/batch", wanted)
    ranking = ask(given.aesthetic_url, given.api_key, "/score-batch", {"prompt": given.prompt, "candidates": sent})
    print(f"made for: {given.prompt}\nhas to show: {given.filters}\n")
    show([os.path.relpath(picture) for picture in pictures], aligned, ranking)
    remarks([aligned, ranking])
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
