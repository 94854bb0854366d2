"""Tables of the terminal, which are Markdown as well."""

import pytest

from ops.tables import render


def test_a_table_is_markdown_and_lines_up() -> None:
    assert render(("engine", "s"), [("one", "1.5"), ("a longer one", None)]) == (
        "| engine       |   s |\n| :----------- | --: |\n| one          | 1.5 |\n| a longer one |   – |"
    )


def test_more_columns_may_be_names_and_none_is_too_narrow_for_its_rule() -> None:
    assert (
        render(("a", "b", "c"), [("x", None, "1")], names=2) == "| a  | b  |  c |\n| :- | :- | -: |\n| x  | –  |  1 |"
    )


def test_rows_must_fit_the_header() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        render(("a", "b"), [("1",)])
