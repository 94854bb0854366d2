"""Figures, tables and pictures."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bench import semantic_report
from bench.chart import Bar, draw_bars
from bench.figures import megabytes, ratio, seconds
from bench.records import Record, machine_name
from bench.results import EngineResult
from bench.timings import Timings


def test_figures() -> None:
    assert [seconds(value) for value in (1.456, 0.08234, 12.34, 123.4, None)] == ["1.46", "0.0823", "12.3", "123", None]
    assert [megabytes(1234.5), megabytes(None), ratio(2.845), ratio(None)] == ["1,234", None, "2.85 x", None]


def test_the_table_of_engines_compares_medians_with_transformers() -> None:
    results = [
        EngineResult("imajin", "ours", Timings((1.0, 2.0, 3.0)), 640.0, 0.99983),
        EngineResult("transformers-fp32", "theirs", Timings((4.0, 5.0, 6.0)), 2050.0, 1.0),
    ]
    ours, theirs = semantic_report.engine_table(results).splitlines()[2:]
    assert [cell.strip() for cell in ours.strip("|").split("|")] == (
        ["ours", "1.00", "2.00", "2.50 x", "–", "–", "–", "–", "640", "0.99983"]
    )
    assert [cell.strip() for cell in theirs.strip("|").split("|")][3] == "1.00 x"


def test_bars_are_as_long_as_their_values() -> None:
    picture = draw_bars(
        "Seconds <a picture>", "on a machine", [Bar("ours & fast", 1.0, 2.0, ours=True), Bar("b", 4.0, 4.0)]
    )
    root = ET.fromstring(picture)  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    widths = [float(bar.get("width", 0)) for bar in root.findall(f"{space}rect")][1:]
    light, solid, _, longest = widths
    assert light == pytest.approx(2 * solid, abs=0.2)
    assert longest == pytest.approx(4 * solid, abs=0.3)
    assert [text.text for text in root.findall(f"{space}text")] == (
        ["Seconds <a picture>", "on a machine", "ours & fast", "1.00 s", "b", "4.00 s"]
    )


def test_a_record_on_disk(tmp_path: Path) -> None:
    content = {"bench": "semantic", "date": "2026-11-20", "machine": {"processor": "AMD EPYC(TM) 9R14", "cores": 2}}
    names = [path.name for path in Record(content, "text", "<svg/>").write(tmp_path / "new")]
    stem = "2026-11-20-amd-epyc-9r14-2-cores-semantic"
    assert names == [f"{stem}.json", f"{stem}.md", f"{stem}.svg"]
    assert (tmp_path / "new" / names[1]).read_text() == "text\n"


def test_machine_names() -> None:
    assert machine_name({"processor": "Intel(R) Xeon(R) Platinum 8488C", "cores": 4}) == (
        "intel-xeon-platinum-8488c-4-cores"
    )
