"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["ok", "warning", "blocked", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`blocked` stops a deploy, `warning` may, `skipped` could not be looked at. All but `ok` say what to do."""

    check: str
    status: Status
    detail: str
    fix: str | None = None


def ok(check: str, detail: str) -> Finding:
    """Nothing to do."""
    return Finding(check, "ok", detail)


def warning(check: str, detail: str, fix: str) -> Finding:
    """A deploy can go ahead."""
    return Finding(check, "warning", detail, fix)


def blocked(check: str, detail: str, fix: str) -> Finding:
    """A deploy would fail."""
    return Finding(check, "blocked", detail, fix)


def skipped(check: str, detail: str, fix: str) -> Finding:
    """Something else has to be put right first."""
    return Finding(check, "skipped", detail, fix)
