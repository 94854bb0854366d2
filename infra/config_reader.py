"""One stage's values, read by key; every problem is kept, and all of them are reported together."""

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Choice = TypeVar("Choice", bound=str)

KEY = re.compile(r"[a-z0-9_]+(\.[A-Za-z0-9_]+)*")


class ConfigError(ValueError):
    """The configuration is wrong. The message has a sentence for each problem, on a line of its own."""


def values_of(section: object, at: str) -> dict[str, object]:
    """Turn nested tables into dotted keys; an empty one is a value. Raises ConfigError."""
    if not isinstance(section, dict):
        raise ConfigError(f"{at} must be an object, not {section!r}")
    values: dict[str, object] = {}
    for key, value in section.items():
        if isinstance(value, dict) and value:
            values |= {f"{key}.{inner}": deeper for inner, deeper in values_of(value, f"{at}.{key}").items()}
        else:
            values[key] = value
    return values


@dataclass(slots=True)
class ConfigReader:
    """Typed reads from the values of `stage`; the command line's, which `context` looks up, come before them.

    The command line gives text: a number in digits, `true` or `false`, entries separated by commas.
    `given` are the keys set beside the stage's, as far as they are known.
    A wrong value is kept as a problem, and a valid one is returned in its place, so that reading goes on.
    """

    context: Callable[[str], object]
    stage: str
    values: dict[str, object]
    given: frozenset[str] = frozenset()
    problems: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._value(key)
        if value is True or value == "true":
            return True
        if value is not False and value != "false":
            self._wrong(key, "true or false", value)
        return False

    def choice(self, key: str, choices: Sequence[Choice]) -> Choice:
        """One of `choices`."""
        value = self._value(key)
        for choice in choices:
            if value == choice:
                return choice
        self._wrong(key, f"one of {', '.join(choices)}", value)
        return choices[0]

    def integer(self, key: str, allowed: range | Sequence[int], besides: str = "") -> int:
        """One of `allowed`."""
        value = self._value(key)
        number = _number(value)
        if number is not None and number in allowed:
            return number
        bounds = f"{allowed[0]} to {allowed[-1]}" if isinstance(allowed, range) else ", ".join(map(str, allowed))
        kind = "a whole number from" if isinstance(allowed, range) else "one of"
        self._wrong(key, f"{kind} {bounds}{besides}", value)
        return allowed[0]

    def optional_integer(self, key: str, allowed: range) -> int | None:
        """One of `allowed`, or None for `none`."""
        number = None if self._is_none(key) else self.integer(key, allowed, " or none")
        return None if key in self.wrong else number

    def text(self, key: str, pattern: str, expected: str) -> str:
        """Text that `pattern` matches as a whole; `expected` says in words what that is."""
        value = self._value(key)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        self._wrong(key, expected, value)
        return ""

    def optional_text(self, key: str, pattern: str, expected: str) -> str | None:
        """The same, or None for `none`."""
        return None if self._is_none(key) else self.text(key, pattern, f"{expected}, or none")

    def entries(self, key: str, pattern: str, expected: str) -> tuple[str, ...]:
        """Any number of texts, none twice, each of which `pattern` matches as a whole."""
        value = self._value(key)
        found = [part for part in value.split(",") if part] if isinstance(value, str) else value
        if not isinstance(found, list):
            self._wrong(key, f"a list, each entry {expected}", value)
            return ()
        for index, entry in enumerate(found):
            if not isinstance(entry, str) or not re.fullmatch(pattern, entry):
                self._wrong(f"{key}[{index}]", expected, entry)
            elif entry in found[:index]:
                self.problem(key, f"{key}[{index}] must not repeat an entry, as {entry!r} does")
        return tuple(entry for entry in found if isinstance(entry, str))

    def number(self, key: str, minimum: float, maximum: float, *, whole: bool) -> str:
        """A number from one to the other, as an environment variable holds it."""
        value = self._value(key)
        number: float | None = _number(value)
        if number is None and not whole:
            number = _fraction(value)
        if number is not None and minimum <= number <= maximum:
            return str(number)
        self._wrong(key, f"a {'whole ' if whole else ''}number from {minimum:,} to {maximum:,}", value)
        return ""

    def names(self, key: str, known: Collection[str], elsewhere: Mapping[str, str]) -> list[str]:
        """Which of `known` have a value in the table at `key`; any other name is a problem.

        `elsewhere` are names that belong to other keys.
        """
        under = f"{key}."
        self.known |= {key, *(under + name for name in known)}
        if not any(found == key or found.startswith(under) for found in self.values):
            self.problem(key, f"{key} is missing from stages.{self.stage}; {{}} sets nothing")
        elif self.values.get(key, {}) != {} or self.context(key) is not None:
            self.problem(key, f"{key} must be an object, or from the command line one by one: {under}NAME=...")
        found = {one.removeprefix(under) for one in {*self.values, *self.given} if one.startswith(under)}
        for name in sorted(found - set(known)):
            self.known.add(under + name)
            self.problem(under + name, f"{under}{name} {_not_taken(name, known, elsewhere)}")
        return [name for name in known if name in found or self.context(under + name) is not None]

    def problem(self, key: str, sentence: str) -> None:
        """Keep a sentence about the value at `key`, unless there was one before: one mistake is told once."""
        if key not in self.wrong:
            self.problems.append(sentence)
        self.wrong.add(key)

    def finish(self) -> None:
        """Raise ConfigError if a value was wrong, or if a key was never read: in the stage, or given beside it.

        The CDK's own keys, which are given too, are left alone: each has a character that none of ours has.
        """
        for key in sorted(self.values.keys() - self.known):
            self.problems.append(f"stages.{self.stage}.{key} is not a key{self._nearest(key)}")
        for key in sorted(self.given - self.known):
            if KEY.fullmatch(key):
                self.problems.append(f"{key} is not a key{self._nearest(key)}")
        if self.problems:
            raise ConfigError("\n".join(self.problems))

    def _nearest(self, key: str) -> str:
        near = difflib.get_close_matches(key, self.known, 1)
        return f"; {near[0]} is" if near else ""

    def _value(self, key: str) -> object:
        self.known.add(key)
        given = self.context(key)
        if given is None and key not in self.values:
            self.problem(key, f"{key} is missing from stages.{self.stage}")
        return self.values.get(key) if given is None else given

    def _is_none(self, key: str) -> bool:
        # JSON's null does not reach the app: the CDK drops it on the way.
        return self._value(key) == "none"

    def _wrong(self, key: str, expected: str, value: object) -> None:
        self.problem(key, f"{key} must be {expected}, not {value!r}")


def _number(value: object) -> int | None:
    """Take a JSON number, or the text that the command line gives for one."""
    if type(value) is int:  # a bool is no number
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return None


def _fraction(value: object) -> float | None:
    """Take a JSON number with a decimal point, or the text that the command line gives for one."""
    if isinstance(value, float):
        return value
    return float(value) if isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]+", value, re.ASCII) else None


def _not_taken(name: str, known: Collection[str], elsewhere: Mapping[str, str]) -> str:
    if name in elsewhere:
        return f"has a key of its own, {elsewhere[name]}"
    near = difflib.get_close_matches(name.upper(), known, 1)
    return f"is not a setting of a stage; {near[0] if near else ', '.join(known)} {'is' if near else 'are'}"
