"""What `python -m bench` refuses before it measures anything."""

from pathlib import Path

import pytest

from bench.cli import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: BENCH"),
        (["semantic", "--repeats", "x"], "--repeats: must be a whole number from 1 to 10,000, not 'x'"),
        (["aesthetic", "--starts", "-1"], "--starts: must be a whole number from 0 to 10,000, not '-1'"),
        (["models", "--threads", "0"], "--threads: must be a whole number from 1 to 10,000, not '0'"),
        (["gpu", "--sizes", "0"], "--sizes: must be a whole number from 1 to 4,096, not '0'"),
        (["semantic", "--artifact", "nowhere"], "--artifact: nowhere is no folder"),
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
    assert "nothing can be written there" in capsys.readouterr().err


def test_who_interrupts_it_is_told_that_nothing_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bench.cli._run_sizes", interrupted)
    assert main(["models", "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err == "stopped; nothing was written\n"
