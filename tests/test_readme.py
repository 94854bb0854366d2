"""The README's first screen: the request it shows gets the answer it shows."""

import json
import re
from pathlib import Path

from ops.contract import demo_app, files_read
from tests.functions.calls import Call, through_asgi
from tests.functions.goldens import compare

README = Path("README.md")


def test_the_first_request_gets_the_answer_shown() -> None:
    text = README.read_text(encoding="utf-8")
    filters = json.loads(re.search(r'"requested_filters": (\[[^\]]*\])', text)[1])  # type: ignore[index]
    picture = re.search(r"base64 < (\S+)", text)[1]  # type: ignore[index]
    shown = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])  # type: ignore[index]
    body = files_read({"requested_filters": filters, "image_base64": f"file:{picture}"})
    (answer,) = through_asgi(demo_app(), Call("/align", json.dumps(body).encode()))
    assert answer.status == 200
    assert list(answer.json) == list(shown), "the answer's parts, in the order shown"
    compare(answer.json, shown)


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README.read_text(encoding="utf-8")))
    assert named
    assert named <= targets
