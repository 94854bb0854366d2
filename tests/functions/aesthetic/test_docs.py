"""docs/aesthetic.md: every route, field, warning and limit is there, as the service has it."""

import json
import re
from functools import cache
from typing import get_args

import pytest
from fastapi import FastAPI

from emulation.runtime_emulator import REPOSITORY_ROOT
from functions.aesthetic.preprocessing import MAX_ASPECT_RATIO
from functions.aesthetic.schemas import (
    MAX_CANDIDATES,
    MAX_PROMPT_CHARACTERS,
    MAX_PROMPTS,
    CandidateResult,
    RankingResult,
    ScoreResult,
)
from functions.aesthetic.tie_margin import FP32_ROUNDING
from functions.common.images import WarningCode
from ops.contract import demo_app
from tests.functions.aesthetic.fakes import CONTRACT
from tests.functions.calls import through_asgi
from tests.test_docs import check_part, request

PAGE = (REPOSITORY_ROOT / "docs" / "aesthetic.md").read_text(encoding="utf-8")


EXCHANGES = re.findall(r"```http\n(.*?)```\n```json\n(.*?)```", PAGE, re.DOTALL)


@cache
def demo() -> FastAPI:
    return demo_app("aesthetic")


def part(heading: str) -> str:
    """What stands under a heading of the second level."""
    return PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize(("asked", "shown"), EXCHANGES, ids=[asked.splitlines()[0] for asked, _ in EXCHANGES])
def test_an_exchange(asked: str, shown: str) -> None:
    (answer,) = through_asgi(demo(), request(asked))
    assert answer.status == 200, answer.json
    check_part(json.loads(shown), answer.json)


def test_the_routes_that_take_pictures_are_shown() -> None:
    assert {asked.split()[1].partition("?")[0] for asked, _ in EXCHANGES} == {"/score", "/score-batch"}


def test_every_route() -> None:
    headings = " ".join(re.findall(r"^## (.*)$", PAGE, re.MULTILINE))
    for path, methods in CONTRACT["paths"].items():
        assert path in headings
        assert all(method.upper() in headings for method in methods)


def test_every_field() -> None:
    score, batch = part("POST /score"), part("POST /score-batch")
    assert all(f"`{name}`" in score for name in ScoreResult.model_fields)
    known = {*ScoreResult.model_fields, "warnings"}
    names = {*RankingResult.model_fields, *CandidateResult.model_fields} - known
    assert not [name for name in names if not re.search(rf"`(results\[\]\.)?{name}`", batch)]


def test_every_warning() -> None:
    code = [path for part in ("aesthetic", "common") for path in (REPOSITORY_ROOT / "functions" / part).glob("*.py")]
    sources = "".join(path.read_text(encoding="utf-8") for path in code)
    given = {*get_args(WarningCode), *re.findall(r"notice\(\s*\"(\w+)\"", sources)}
    assert set(re.findall(r"^\| `(\w+)` \|", part("Warnings"), re.MULTILINE)) == given


def test_every_limit() -> None:
    limits = part("Limits")
    assert f"| candidates of a call | {MAX_CANDIDATES} |" in limits
    assert f"| {MAX_PROMPTS}, {MAX_PROMPT_CHARACTERS:,} characters |" in limits
    assert f"one side at most {MAX_ASPECT_RATIO} times the other" in limits
    assert f"never less than {2 * FP32_ROUNDING:.4f}" in part("What cannot be told apart")
