"""The README's first screen: the request it shows gets the answer it shows."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from examples import ranking
from ops.contract import demo_app, files_read
from tests.functions.calls import Call, through_asgi
from tests.functions.goldens import compare

README = Path("README.md")
NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def test_the_first_request_gets_the_answer_shown() -> None:
    text = README.read_text(encoding="utf-8")
    filters = json.loads(re.search(r'"requested_filters": (\[[^\]]*\])', text)[1])  # type: ignore[index]
    picture = re.search(r"base64 < (\S+)", text)[1]  # type: ignore[index]
    shown = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])  # type: ignore[index]
    body = files_read({"requested_filters": filters, "image_base64": f"file:{picture}"})
    (answer,) = through_asgi(demo_app(), Call("/align", json.dumps(body).encode()))
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
    # Other processors differ in the last digits.
    for line, said in zip(shown.splitlines(), told.splitlines(), strict=True):
        assert NUMBER.sub("#", line) == NUMBER.sub("#", said)
        for figure, found in zip(NUMBER.findall(line), NUMBER.findall(said), strict=True):
            assert float(figure) == pytest.approx(float(found), abs=0.05 if "." in figure else 2)


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README.read_text(encoding="utf-8")))
    assert named
    assert named <= targets
