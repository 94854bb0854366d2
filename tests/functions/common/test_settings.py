"""Reading settings: every problem in one go, nothing guessed."""

from pathlib import Path

import pytest

from functions.common.settings import SettingsError, SettingsReader


def test_defaults_where_nothing_is_set() -> None:
    read = SettingsReader({"EMPTY": ""})
    assert read.text("EMPTY", "default") == "default"
    assert read.choice("EMPTY", "a", ("a", "b")) == "a"
    assert read.integer("UNSET", 3, minimum=1, maximum=5) == 3
    assert read.number("UNSET", 0.5, minimum=0, maximum=1) == 0.5
    assert read.directory("UNSET", Path(__file__).parent) == Path(__file__).parent
    read.finish()


def test_values_and_their_bounds() -> None:
    read = SettingsReader({"WORD": "b", "LOW": "1", "HIGH": "5", "SHARE": "1.0"})
    assert read.choice("WORD", "a", ("a", "b")) == "b"
    assert read.integer("LOW", 3, minimum=1, maximum=5) == 1
    assert read.integer("HIGH", 3, minimum=1, maximum=5) == 5
    assert read.number("SHARE", 0.5, minimum=0, maximum=1) == 1.0
    read.finish()


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    read = SettingsReader(
        {"WORD": "c", "COUNT": "many", "FEW": "0", "SHARE": "half", "NAN": "nan", "MUCH": "1.5", "PLACE": "nowhere"}
    )
    read.choice("WORD", "a", ("a", "b"))
    read.integer("COUNT", 3, minimum=1, maximum=5)
    read.integer("FEW", 3, minimum=1, maximum=5)
    read.number("SHARE", 0.5, minimum=0, maximum=1)
    read.number("NAN", 0.5, minimum=0, maximum=1)
    read.number("MUCH", 0.5, minimum=0, maximum=1)
    read.directory("PLACE", tmp_path)
    with pytest.raises(SettingsError) as refusal:
        read.finish()
    assert str(refusal.value).splitlines() == [
        "WORD: expected one of a, b, got 'c'",
        "COUNT: expected a whole number, got 'many'",
        "FEW: expected 1 to 5, got 0",
        "SHARE: expected a number, got 'half'",
        "NAN: expected 0 to 1, got nan",
        "MUCH: expected 0 to 1, got 1.5",
        "PLACE: nowhere is not a directory",
    ]
