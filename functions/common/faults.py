"""Faults of our own as the log may have them: where they came from, without what their messages say."""

from __future__ import annotations

import traceback


def trace(error: BaseException) -> str:
    """Types and frames of `error` and of what led to it, the latest first.

    Messages are left out: libraries quote in them what they were given, which may be a caller's picture or words.
    """
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}\n")
        lines += traceback.format_list(traceback.extract_tb(current.__traceback__))
        current = current.__cause__ or current.__context__
    return "".join(lines).rstrip()
