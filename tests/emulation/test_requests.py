import base64
import json
from pathlib import Path
from typing import Any

import pytest

from emulation.cli import main
from emulation.errors import EmulationError
from emulation.requests import EXAMPLE, FUNCTIONS, request_event

SEMANTIC, AESTHETIC = FUNCTIONS["semantic"], FUNCTIONS["aesthetic"]
PICTURE = base64.b64encode(EXAMPLE.read_bytes()).decode()
ONE = {"id": EXAMPLE.name, "image_base64": PICTURE}


def asked(*given: Any, **options: Any) -> tuple[str, str, Any]:
    event = request_event(*given, **options)
    return event["httpMethod"], event["path"], None if event["body"] is None else json.loads(event["body"])


def test_what_is_asked_where_nothing_is_said() -> None:
    assert asked(SEMANTIC) == ("POST", "/detect", {"image_base64": PICTURE})
    assert asked(AESTHETIC) == ("POST", "/score", {"image_base64": PICTURE, "prompt": AESTHETIC.prompt})


def test_filters_and_prompts() -> None:
    assert asked(SEMANTIC, "/align", filters=["anime", "suit"])[2]["requested_filters"] == ["anime", "suit"]
    assert asked(AESTHETIC, prompt="a kite")[2]["prompt"] == "a kite"
    assert asked(AESTHETIC, prompt="")[2]["prompt"] == ""
    assert asked(SEMANTIC, prompt="a kite")[2]["prompt"] == "a kite", "a wrong field is the service's to refuse"


def test_several_pictures_go_to_the_routes_that_take_them() -> None:
    assert asked(AESTHETIC, "/score-batch", [EXAMPLE, EXAMPLE]) == (
        "POST",
        "/score-batch",
        {"prompt": AESTHETIC.prompt, "candidates": [ONE, ONE]},
    )
    assert asked(SEMANTIC, "/batch", [EXAMPLE])[2] == {"images": [ONE]}
    with pytest.raises(EmulationError, match="/score takes one picture, not 2; /batch and /score-batch take several"):
        asked(AESTHETIC, "/score", [EXAMPLE, EXAMPLE])


@pytest.mark.parametrize("route", ["/info", "/health", "/filters"])
def test_some_routes_are_only_read(route: str) -> None:
    assert asked(AESTHETIC, route) == ("GET", route, None)
    assert asked(AESTHETIC, route, method="POST")[0] == "POST"


def test_a_picture_that_cannot_be_read_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(EmulationError, match=r"^cannot read the picture: .*/none\.jpg \(No such file or directory\)$"):
        asked(SEMANTIC, "", [tmp_path / "none.jpg"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: COMMAND; see python -m emulation --help"),
        (["invoke", "--function", "other"], "invalid choice: 'other'"),
        (["measure", "--memory-mb", "64"], "--memory-mb: must be a whole number from 128 to 10,240, not '64'"),
    ],
)
def test_what_no_command_takes_is_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert sentence in line


def test_who_interrupts_it_gets_a_word_and_no_trace(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("emulation.cli._invoke", interrupted)
    assert main(["invoke"]) == 130
    assert capsys.readouterr().err == "stopped\n"
