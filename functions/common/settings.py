"""Settings are read once from a mapping; every problem is reported in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Choice = TypeVar("Choice", bound=str)
Entries = TypeVar("Entries")


class SettingsError(Exception):
    """One or more settings are wrong; the message has a line for each."""


@dataclass(slots=True)
class SettingsReader:
    """Typed reads from `environment`, collecting problems until `finish`."""

    environment: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str) -> str:
        """The value as it is; an empty one counts as unset."""
        return self.environment.get(name) or default

    def choice(self, name: str, default: Choice, choices: Sequence[Choice]) -> Choice:
        """One of `choices`."""
        value = self.text(name, default)
        for choice in choices:
            if value == choice:
                return choice
        self.problems.append(f"{name}: expected one of {', '.join(choices)}, got {value!r}")
        return default

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """A whole number within the bounds, both included."""
        text = self.text(name, str(default))
        try:
            value = int(text)
        except ValueError:
            self.problems.append(f"{name}: expected a whole number, got {text!r}")
            return default
        if not minimum <= value <= maximum:
            self.problems.append(f"{name}: expected {minimum} to {maximum}, got {value}")
        return value

    def number(self, name: str, default: float, *, minimum: float, maximum: float) -> float:
        """A number within the bounds, both included."""
        text = self.text(name, str(default))
        try:
            value = float(text)
        except ValueError:
            self.problems.append(f"{name}: expected a number, got {text!r}")
            return default
        if not minimum <= value <= maximum:
            self.problems.append(f"{name}: expected {minimum:g} to {maximum:g}, got {value:g}")
        return value

    def entries(self, name: str, parse: Callable[[Sequence[str]], Entries]) -> Entries:
        """Entries separated by commas, as `parse` takes them; the ValueError it raises is reported."""
        parts = [part.strip() for part in self.text(name, "").split(",")]
        try:
            return parse([part for part in parts if part])
        except ValueError as error:
            self.problems.append(f"{name}: {error}")
            return parse(())

    def directory(self, name: str, default: Path) -> Path:
        """An existing directory."""
        path = Path(self.text(name, str(default)))
        if not path.is_dir():
            self.problems.append(f"{name}: {path} is not a directory")
        return path

    def finish(self) -> None:
        """Raises SettingsError if anything was wrong."""
        if self.problems:
            raise SettingsError("\n".join(self.problems))
