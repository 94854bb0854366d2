"""Every environment variable that a service reads is in docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

READS = {"text", "choice", "integer", "number", "entries", "directory", "get"}
AWS = "AWS_"
"""Lambda's own, which nobody sets."""


def names_read() -> Iterator[str]:
    for path in Path("functions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READS:
                constants = (found.value for found in ast.walk(node) if isinstance(found, ast.Constant))
                yield from (
                    name for name in constants if isinstance(name, str) and re.fullmatch(r"[A-Z][A-Z_]+[A-Z]", name)
                )


def test_every_setting_is_explained() -> None:
    explained = "".join(Path(page).read_text(encoding="utf-8") for page in ("docs/settings.md", "docs/gpu.md"))
    read = {name for name in names_read() if not name.startswith(AWS)}
    assert {"QUEUE_LIMIT", "JOBS_BUCKET", "MINOR_THRESHOLD"} <= read, "the search finds what it looks for"
    assert sorted(name for name in read if f"`{name}`" not in explained) == []


def test_nothing_is_explained_that_nothing_reads() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", Path("docs/settings.md").read_text(encoding="utf-8")))
    code = "".join(path.read_text(encoding="utf-8") for path in Path("functions").rglob("*.py"))
    # Those that are told by function are put together from its name.
    made = {
        name
        for function in ("SEMANTIC", "AESTHETIC")
        for name in (f"{function}_ARTIFACTS", f"JOBS_{function}_ENDPOINT")
    }
    assert sorted(name for name in named - made if f'"{name}"' not in code) == []


def test_nothing_else_reads_the_environment() -> None:
    """Settings are parsed once, from a mapping that the entry points hand over."""
    reads = {
        str(path)
        for package in ("functions", "taxonomy", "pricing")
        for path in Path(package).rglob("*.py")
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text(encoding="utf-8"))
    }
    assert reads == {
        *(f"functions/{name}/handler.py" for name in ("semantic", "aesthetic", "jobs")),
        "functions/common/local_server.py",
        "functions/common/gpu/container.py",
    }
