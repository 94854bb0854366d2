"""Strict reading of one TOML table that notes every problem instead of stopping at the first."""

import difflib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Table:
    """A TOML table and where it stands. Every reader returns a usable value, and notes a problem if it made one up."""

    file: str
    path: str
    values: dict[str, object]
    problems: list[str]
    _read: set[str] = field(default_factory=set)

    def report(self, key: str, message: str) -> None:
        """Note a problem with `key` of this table (the table itself if empty)."""
        where = ".".join(part for part in (self.path, key) if part)
        self.problems.append(f"{self.file}: {where}: {message}" if where else f"{self.file}: {message}")

    def text(self, key: str) -> str:
        """Read a required, non-blank string."""
        value = self._take(key)
        if isinstance(value, str) and value.strip():
            return value
        self.report(key, "is missing" if value is None else "must be a string that is not blank")
        return ""

    def name(self, key: str) -> str | None:
        """Read an optional name: lower-case words of letters and digits joined by underscores."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, str) and _NAME.fullmatch(value):
            return value
        self.report(key, "must be lower-case words joined by underscores")
        return None

    def flag(self, key: str) -> bool:
        """Read a required true or false."""
        value = self.optional_flag(key)
        if value is None and key not in self.values:
            self.report(key, "is missing")
        return bool(value)

    def optional_flag(self, key: str) -> bool | None:
        """Read a true or false that may be absent."""
        value = self._take(key)
        if value is None or isinstance(value, bool):
            return value
        self.report(key, "must be true or false")
        return None

    def optional_fraction(self, key: str) -> float | None:
        """Read a number strictly between 0 and 1 that may be absent."""
        value = self._take(key)
        if value is None:
            return None
        if isinstance(value, float) and 0 < value < 1:
            return value
        self.report(key, "must be a number between 0 and 1, both excluded")
        return None

    def texts(self, key: str, at_least: int) -> tuple[str, ...]:
        """Read a required list of at least so many strings."""
        value = self._take(key)
        if value is None:
            self.report(key, "is missing")
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.report(key, "must be a list of strings")
            return ()
        if len(value) < at_least:
            self.report(key, f"needs at least {at_least}, has {len(value)}")
        return tuple(value)

    def table(self, key: str) -> "Table":
        """Read a required table."""
        value = self._take(key)
        if not isinstance(value, dict):
            self.report(key, "is missing" if value is None else "must be a table")
            value = {}
        return Table(self.file, f"{self.path}.{key}" if self.path else key, value, self.problems)

    def tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """Read a required table of named tables, in file order."""
        named = self.table(key)
        if not named.values and isinstance(self.values.get(key), dict):
            named.report("", "is empty")
        for name in named.values:
            if not _NAME.fullmatch(name):
                named.report(name, "the name must be lower-case words joined by underscores")
            yield name, named.table(name)

    def finish(self) -> None:
        """Refuse every key that was not read."""
        for key in self.values:
            if key not in self._read:
                near = difflib.get_close_matches(key, self._read, n=1)
                self.report(key, f"unknown key; did you mean {near[0]}?" if near else "unknown key")

    def _take(self, key: str) -> object:
        self._read.add(key)
        return self.values.get(key)


def read_table(directory: Path, file: str, problems: list[str]) -> Table | None:
    """Read a TOML file, or note why it cannot be read and return None."""
    try:
        values = tomllib.loads((directory / file).read_bytes().decode("utf-8"))
    except OSError as error:
        problems.append(f"{file}: cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        problems.append(f"{file}: not UTF-8 at byte {error.start}")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file}: not TOML: {error}")
    else:
        return Table(file, "", values, problems)
    return None
