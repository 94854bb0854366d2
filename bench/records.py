"""What a run leaves: a record in JSON, the tables, and a picture."""

from __future__ import annotations

import datetime
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One run."""

    content: dict[str, Any]
    """Plain values; has `bench`, `date` and `machine`."""
    text: str
    picture: str | None = None
    """An SVG document."""

    def write_json(self, path: Path) -> None:
        """The record alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")

    def write(self, directory: Path) -> list[Path]:
        """Record, tables and picture; where they are."""
        stem = directory / f"{self.content['date']}-{machine_name(self.content['machine'])}-{self.content['bench']}"
        paths = [Path(f"{stem}.json"), Path(f"{stem}.md")]
        self.write_json(paths[0])
        paths[1].write_text(self.text + "\n", encoding="utf-8")
        if self.picture is not None:
            paths.append(Path(f"{stem}.svg"))
            paths[-1].write_text(self.picture, encoding="utf-8")
        return paths


def machine_name(machine: dict[str, Any]) -> str:
    """A machine as part of a file name: `amd-epyc-2-cores`."""
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\((r|tm)\)", "", machine["processor"].lower())).strip("-")
    return f"{words}-{machine['cores']}-cores"


def today() -> str:
    """The date, UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()
