"""README's table of costs is what the planner says of the committed measurements and prices."""

import pytest

from ops.errors import OpsError
from ops.files import ROOT
from ops.plan.readme_table import BEGIN, END, VOLUMES, committed, render, replace_table


def test_readme_has_the_table_that_is_planned() -> None:
    assert committed(ROOT) == render(), "python -m ops readme-cost-table"


def test_every_volume_has_its_row_and_the_speed_its_machine_and_date() -> None:
    table = " ".join(render().split())
    for images_per_day, _ in VOLUMES:
        assert table.count(f"| {images_per_day:,} |") == 3
    for words in ("AMD EPYC", "2026-11-20", "2025-10-01", "us-east-1", "not measured"):
        assert words in table


def test_only_what_stands_between_the_comments_is_replaced() -> None:
    assert replace_table(f"a\n{BEGIN}\nold\n{END}\nb\n", "new") == f"a\n{BEGIN}\nnew\n{END}\nb\n"
    for text in ("", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"):
        with pytest.raises(OpsError, match="must stand in it once each"):
            replace_table(text, "new")
