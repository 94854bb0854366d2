"""The disk's readahead, on files that stand in for Linux's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.readahead import LINUX_DEFAULT_KB, readahead, readahead_file


def test_the_setting_is_that_of_the_disk_under_the_path(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    folder = tmp_path / f"{os.major(device)}:{os.minor(device)}"
    assert readahead_file(tmp_path, tmp_path) is None
    folder.mkdir()
    (folder / "read_ahead_kb").write_text("8192\n")
    assert readahead_file(tmp_path, tmp_path) == folder / "read_ahead_kb"


def test_it_is_as_before_afterwards_whatever_happens(tmp_path: Path) -> None:
    setting = tmp_path / "read_ahead_kb"
    setting.write_text("8192\n")

    def fail() -> None:
        with readahead(setting) as kilobytes:
            assert (kilobytes, setting.read_text()) == (LINUX_DEFAULT_KB, "128")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert setting.read_text() == "8192"


def test_a_disk_without_the_setting_is_left_alone() -> None:
    with readahead(None) as kilobytes:
        assert kilobytes is None
