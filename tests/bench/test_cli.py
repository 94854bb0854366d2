"""What `python -m bench` refuses before it measures anything."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli import main
from bench.records import Record
from bench.sizes import SizesPlan


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: BENCH"),
        (["semantic", "--repeats", "x"], "--repeats: must be a whole number from 1 to 10,000, not 'x'"),
        (["aesthetic", "--starts", "-1"], "--starts: must be a whole number from 0 to 10,000, not '-1'"),
        (["models", "--threads", "0"], "--threads: must be a whole number from 1 to 10,000, not '0'"),
        (["gpu", "--sizes", "0"], "--sizes: must be a whole number from 1 to 4,096, not '0'"),
        (["semantic", "--artifact", "nowhere"], "--artifact: nowhere: no such folder"),
        (["aesthetic", "--engines", "abacus"], "--engines: invalid choice: 'abacus'"),
    ],
)
def test_rubbish_is_one_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(arguments)
    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line


@pytest.mark.parametrize("option", ["--out", "--json"])
def test_where_nothing_can_be_written_nothing_is_measured(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    out = {"--out": str(tmp_path / "out"), "--json": str(tmp_path / "record.json")} | {option: str(taken / "x")}
    assert main(["models", *(word for pair in out.items() for word in pair)]) == 1
    assert "cannot be written to" in capsys.readouterr().err


def test_who_interrupts_it_is_told_that_nothing_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.cli._run_sizes", interrupted)
    assert main(["models", "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == "stopped; nothing was written\n"


def test_what_is_refused_waits_for_no_torch() -> None:
    code = (
        "import sys; from bench.cli import main\n"
        "try: main(['gpu', '--sizes', '0'])\n"
        "except SystemExit: print(sorted({'torch', 'transformers'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", ["base-patch16-256", "siglip2-base-patch16-256", "google/siglip2-base-patch16-256"])
def test_a_shape_may_be_given_as_its_model_is_called(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def run(plan: SizesPlan) -> Record:
        asked.append(plan.shapes)
        return Record({"bench": "models", "date": "2026-11-20", "machine": {"processor": "x", "cores": 1}}, "")

    monkeypatch.setattr("bench.sizes.run", run)
    assert main(["models", "--shapes", name, "--out", str(tmp_path)]) == 0
    assert asked == [("base-patch16-256",)]
