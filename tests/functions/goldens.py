"""The committed contracts and their golden exchanges, and how an answer is compared with one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ops.contract import DIRECTORY, files_read
from tests.functions.calls import Call

# What another run of the same code with the same model may change; it is held to its type.
VOLATILE = {
    "/load_ms",
    "/processing_time_ms",
    "/engine/version",
    "/engine/threads",
    "/engine/processor",
    "/cost/billed_ms",
    "/cost/gb_seconds",
    "/cost/compute_usd",
    "/cost/usd",
    *(f"/cost/items/{index}/{figure}" for index in range(50) for figure in ("time_ms", "usd")),
}
ACROSS_MACHINES = 1e-3


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
    """Exactly, but for volatile values and the last bits of floats."""
    if at in VOLATILE or at.endswith("/request_id") or at.startswith("/timing_ms/"):
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
        assert actual == pytest.approx(expected, abs=ACROSS_MACHINES), at
    else:
        assert actual == expected, at
