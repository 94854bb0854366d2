"""The pages under docs/: every exchange they show is what the demo model answers, every list is complete."""

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import FastAPI

from functions.common import problems
from functions.common.images import WarningCode
from ops.contract import demo_app
from tests.functions.calls import CONTRACT, Answer, Call, as_base64, through_asgi
from tests.functions.goldens import TOLERANCE, TOLERANCES

SEMANTIC = Path("docs/semantic.md").read_text(encoding="utf-8")
ERRORS = Path("docs/errors.md").read_text(encoding="utf-8")
EXCHANGES = re.findall(r"```http\n(.*?)```\n```json\n(.*?)```", SEMANTIC, re.DOTALL)
FILE = re.compile(r"<([^<>\s]+\.jpg)>")


@cache
def demo() -> FastAPI:
    return demo_app()


def request(text: str) -> Call:
    """A request as the pages write it: a line, headers, an empty line, a body in which <PATH> is that file."""
    head, _, body = text.partition("\n\n")
    (method, target), *headers = [line.split(maxsplit=1) for line in head.strip().splitlines()]
    path, _, query = target.partition("?")
    content_type = dict(headers).get("content-type:")
    if content_type == "image/jpeg":
        data = Path(FILE.fullmatch(body.strip())[1]).read_bytes()  # type: ignore[index]
    else:
        data = FILE.sub(lambda match: as_base64(Path(match[1]).read_bytes()), body.strip()).encode()
    return Call(path, data, method=method, content_type=content_type, query=query)


def check_part(shown: Any, whole: Any, at: str = "") -> None:
    """What is shown is there: all of a list, some of an object, numbers as far as quantisation leaves them alone."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            check_part(value, whole[key], f"{at}/{key}")
    elif isinstance(shown, list):
        assert len(shown) == len(whole), at
        for index, value in enumerate(shown):
            check_part(value, whole[index], f"{at}/{index}")
    elif isinstance(shown, float):
        assert whole == pytest.approx(shown, rel=0, abs=TOLERANCES.get(at.rpartition("/")[2], TOLERANCE)), at
    else:
        assert whole == shown, at


@pytest.mark.parametrize(("asked", "shown"), EXCHANGES, ids=[asked.splitlines()[0] for asked, _ in EXCHANGES])
def test_an_exchange(asked: str, shown: str) -> None:
    answer: Answer = through_asgi(demo(), request(asked))[0]
    assert answer.status == 200, answer.json
    check_part(json.loads(shown), answer.json)


def test_every_route_is_shown() -> None:
    routes = {(method.upper(), path) for path, methods in CONTRACT["paths"].items() for method in methods}
    shown = {(call.method, call.path) for call in (request(asked) for asked, _ in EXCHANGES)}
    told = {("GET", path) for path in re.findall(r"/\w+", re.search(r"### GET (.*)", SEMANTIC)[1])}  # type: ignore[index]
    assert shown | told == routes


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table after `heading`, without its own two lines."""
    rows = re.findall(r"^\|(.*)\|$", text.split(heading, 1)[1].split("\n#", 1)[0], re.MULTILINE)[2:]
    return [[cell.strip() for cell in row.split("|")] for row in rows]


def test_every_warning_is_listed() -> None:
    code = [*Path("functions/semantic").rglob("*.py"), *Path("functions/common").rglob("*.py")]
    sources = "".join(path.read_text(encoding="utf-8") for path in code)
    given = {*get_args(WarningCode), *re.findall(r"(?:notify|notice)\(\s*\"(\w+)\"", sources)}
    assert {row[0].strip("`") for row in table(SEMANTIC, "## Warnings")} == given


def test_every_error_is_listed() -> None:
    listed = {row[1].strip("`"): int(row[0]) for row in table(ERRORS, "# Errors")}
    assert listed == {error.code: status for error, (status, _) in problems.STATUS.items()}


def test_every_setting_exists() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in Path("functions").rglob("*.py"))
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", SEMANTIC))
    assert len(named) >= 8
    assert [name for name in named if f'"{name}"' not in sources] == []


def test_limits_are_the_defaults() -> None:
    limits = through_asgi(demo(), Call("/info", method="GET", content_type=None))[0].json["limits"]
    told = " ".join(cell for row in table(SEMANTIC, "## Limits") for cell in row)
    for limit in (
        f"{limits['max_request_bytes']:,} bytes",
        f"{limits['max_image_pixels'] // 1_000_000} megapixels",
        f"{limits['batch']['max_pixels'] // 1_000_000} megapixels",
        f"{limits['batch']['seconds']:g} s",
        f"requested filters {limits['max_requested_filters']} ",
        f"pictures in a batch {limits['batch']['max_images']} ",
        "{max_labels}, {max_characters} characters, {max_tokens}".format(**limits["labels"]),
        f"{limits['max_download_bytes'] // 1_000_000} MB, {limits['fetch_timeout_seconds']:g} s",
        f"{limits['queue']}, then 503",
    ):
        assert limit in told, limit
    assert f"{limits['labels']['new_labels']} labels that are new" in SEMANTIC


def test_how_many_pictures_fit_a_batch_is_what_was_measured() -> None:
    """By the page's own formula, with the medians of the newest record of all sizes."""
    record = json.loads(sorted(Path("bench/results").glob("*-models.json"))[-1].read_text(encoding="utf-8"))
    limits = through_asgi(demo(), Call("/info", method="GET", content_type=None))[0].json["limits"]["batch"]
    measured = [
        [f"siglip2-{shape}", f"{found['peak_mb']:.0f}", "3,538 / 2", f"{seconds:.2f}", str(items)]
        for shape, found in record["models"].items()
        for seconds in [found["seconds"]["median"]]
        for items in [max(1, min(limits["max_images"], math.floor(limits["seconds"] / seconds - 0.25)))]
    ]
    assert "items = floor(25 / t - 0.25), at least 1, at most 50" in SEMANTIC
    assert table(SEMANTIC, "## Batches") == measured
    assert f"on {record['date']} ([bench/results]" in SEMANTIC
    assert record["settings"]["threads"] == 2


def test_what_troubleshooting_names_is_refused_so() -> None:
    tables = [table(ERRORS, heading) for heading in ("# Errors", "## What the gateway answers")]
    listed = {(row[1].strip("`"), row[0]) for rows in tables for row in rows}
    page = Path("docs/troubleshooting.md").read_text(encoding="utf-8")
    named = {
        (code, status)
        for status, codes in re.findall(r"^\| ([45]\d\d) (`[^|]*)", page, re.MULTILINE)
        for code in re.findall(r"(?:^|, )`(\w+)`", codes)
    }
    assert len(named) > 15
    assert named <= listed
