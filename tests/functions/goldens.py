"""The committed contracts and their golden exchanges, and how an answer is compared with one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ops.contract import DIRECTORY, files_read, is_volatile
from tests.functions.calls import Call

TOLERANCES = {"logit": 0.3, "raw_score": 0.1, "percentile": 10.0}
"""As far as another processor may move what a quantised model answers: tests/system/test_portability.py."""
TOLERANCE = 0.02
"""Of every other number."""


@dataclass(frozen=True)
class Contract:
    """One function's OpenAPI document, and its golden exchanges by name."""

    path: Path
    document: dict[str, Any]
    goldens: dict[str, dict[str, Any]]

    def operation(self, golden: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.document["paths"][golden["path"]][golden["method"].lower()]
        return found

    def validate(self, value: object, schema: dict[str, Any]) -> None:
        """Raises jsonschema's ValidationError unless `value` is what `schema`, a part of the document, says."""
        whole = {**schema, "components": self.document["components"]}
        jsonschema.Draft202012Validator(whole).validate(value)


def read_contract(function: str) -> Contract:
    path = DIRECTORY / f"{function}.json"
    goldens = {file.stem: json.loads(file.read_text()) for file in (DIRECTORY / "golden" / function).glob("*.json")}
    return Contract(path, json.loads(path.read_text()), goldens)


def request(golden: dict[str, Any]) -> Call:
    """What a golden exchange asks, its pictures read."""
    if golden["request"] is None:
        return Call(golden["path"], method=golden["method"], content_type=None)
    return Call(golden["path"], json.dumps(files_read(golden["request"])).encode(), method=golden["method"])


def compare(actual: Any, expected: Any, at: str = "") -> None:
    """Exactly, but for volatile values, and for numbers as far as quantisation leaves them alone."""
    if is_volatile(at):
        assert isinstance(actual, type(expected)), at
    elif isinstance(expected, dict):
        assert isinstance(actual, dict), at
        assert set(actual) == set(expected), at
        for key, value in expected.items():
            compare(actual[key], value, f"{at}/{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), at
        assert len(actual) == len(expected), at
        for index, value in enumerate(expected):
            compare(actual[index], value, f"{at}/{index}")
    elif isinstance(expected, float):
        assert actual == pytest.approx(expected, rel=0, abs=TOLERANCES.get(at.rpartition("/")[2], TOLERANCE)), at
    else:
        assert actual == expected, at
