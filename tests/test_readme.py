"""The README's first screen: the request it shows gets the answer it shows."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from examples import ranking
from ops.contract import demo_app, files_read
from ops.doctor.standing import standing_cost, total
from ops.stage import read_stage
from tests.functions.calls import Call, through_asgi
from tests.functions.goldens import compare

README = Path("README.md")
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def test_the_first_request_gets_the_answer_shown() -> None:
    text = README.read_text(encoding="utf-8")
    path, query, picture = re.search(r"localhost:8005(/\w+)\?(\S+)' .*?--data-binary @(\S+)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    shown = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])  # type: ignore[index]
    asked = Call(path, Path(picture).read_bytes(), content_type="image/jpeg", query=query)
    (answer,) = through_asgi(demo_app(), asked)
    assert answer.status == 200
    compare(part_of(answer.json, shown), shown)


def part_of(answer: Any, shown: Any) -> Any:
    """Of the answer what is shown of it: the README leaves fields out."""
    if not isinstance(shown, dict):
        return answer
    return {key: part_of(answer[key], value) for key, value in shown.items()}


def test_the_ranking_is_the_one_shown(capsys: pytest.CaptureFixture[str]) -> None:
    text = README.read_text(encoding="utf-8")
    shown = re.search(r"\$ python3 examples/ranking.py\n(.*?)```", text, re.DOTALL)[1]  # type: ignore[index]
    pictures = sorted(ranking.DEMO_PICTURES.glob("*.jpg"))
    sent = files_read([{"image_base64": f"file:{picture}"} for picture in pictures])
    wanted = {"images": sent, "requested_filters": ranking.FILTERS.split(","), "max_results": 1}
    (aligned,) = through_asgi(demo_app(), Call("/batch", json.dumps(wanted).encode()))
    candidates = {"prompt": ranking.PROMPT, "candidates": sent}
    (ranked,) = through_asgi(demo_app("aesthetic"), Call("/score-batch", json.dumps(candidates).encode()))
    ranking.show([os.path.relpath(picture) for picture in pictures], aligned.json, ranked.json)
    told = f"made for: {ranking.PROMPT}\nhas to show: {ranking.FILTERS}\n\n{capsys.readouterr().out}"
    *table, left_out = shown.splitlines()
    assert left_out.startswith("  ... "), "the program goes on"
    # Other processors differ in the last digits.
    for line, said in zip(table, told.splitlines(), strict=True):
        assert NUMBER.sub("#", line) == NUMBER.sub("#", said)
        for figure, found in zip(NUMBER.findall(line), NUMBER.findall(said), strict=True):
            assert float(figure) == pytest.approx(float(found), abs=0.1 if "." in figure else 5)


def test_the_standing_costs_are_the_doctors() -> None:
    told = " ".join(README.read_text(encoding="utf-8").split())
    shown = re.search(r"`dev` costs about (\d+) USD a month and `prod`.*?, about (\d+) \(us-east-1", told)
    assert shown is not None
    for stage, about in zip(("dev", "prod"), shown.groups(), strict=True):
        amount = total(standing_cost(read_stage(Path(), stage, demo=True), "us-east-1"))
        assert amount is not None
        assert abs(amount - int(about)) < 1
